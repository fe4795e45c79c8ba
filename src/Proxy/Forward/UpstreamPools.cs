using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Identity;
using Yarp.ReverseProxy.Forwarder;

namespace MeshInsight.Proxy.Forward;

/// <summary>How the next hop is spoken to.</summary>
internal enum UpstreamProtocol
{
    Http1,

    /// <summary>HTTP/2 in clear text, by prior knowledge.</summary>
    Http2,
}

/// <summary>
/// The connection pools, one per protocol and one more of each within mutual TLS, for the sidecar's whole life; and as many again for every class of requests whose
/// packets are marked, made when the first such request comes.
/// </summary>
internal sealed class UpstreamPools : IDisposable
{
    // What DNS says of hosts outside changes.
    private static readonly TimeSpan ExternalLifetime = TimeSpan.FromMinutes(5);

    private readonly IdentityState? _identity;
    private readonly ExpectedPeers _peers = new();
    private readonly Lazy<PoolSet>[] _byRank;
    private readonly ForwarderRequestConfig _http1Config;
    private readonly ForwarderRequestConfig _http2Config;

    /// <param name="identity">For connections to other sidecars; null to have all in plain text.</param>
    /// <param name="roots">For hosts outside the mesh; null to call none within TLS.</param>
    /// <param name="streamIdle">How long an exchange may stay without a byte in either direction. Whole exchanges are bounded by the route, not here.</param>
    public UpstreamPools(IdentityState? identity, ExternalRoots? roots, TimeSpan streamIdle)
    {
        _identity = identity;
        _byRank = [.. Enumerable.Range(0, PriorityClasses.Count).Select(rank => new Lazy<PoolSet>(() => new(identity, _peers, (PriorityClass)(rank + 1))))];
        (_http1Config, _http2Config) = (RequestConfig(HttpVersion.Version11, streamIdle), RequestConfig(HttpVersion.Version20, streamIdle));
        External = new(Outside(roots ?? new("")));
    }

    /// <summary>Whether we can prove who we are. While not, other sidecars are called in plain text, which they refuse where it matters.</summary>
    public bool CanSecure => _identity is { IsReady: true };

    /// <summary>For hosts outside the mesh, plain or within TLS that their certificates prove.</summary>
    public HttpMessageInvoker External { get; }

    /// <summary>Whom a connection to an address within mutual TLS must find there. To be said before the call.</summary>
    /// <param name="prefix"><c>http://host:port</c>.</param>
    /// <param name="id">SPIFFE id.</param>
    public void Expect(string prefix, string id) => _peers.Expect(prefix, id);

    /// <param name="isSecured">Within mutual TLS; needs an identity.</param>
    public HttpMessageInvoker Invoker(UpstreamProtocol protocol, bool isSecured = false, PriorityClass priority = PriorityClass.Unset) =>
        _byRank[priority.Rank()].Value.Invoker(protocol, isSecured);

    public ForwarderRequestConfig Config(UpstreamProtocol protocol) => protocol == UpstreamProtocol.Http2 ? _http2Config : _http1Config;

    public void Dispose()
    {
        External.Dispose();
        foreach (var pools in _byRank)
        {
            if (pools.IsValueCreated)
            {
                pools.Value.Dispose();
            }
        }
    }

    private static ForwarderRequestConfig RequestConfig(Version version, TimeSpan streamIdle) =>
        new() { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact, ActivityTimeout = streamIdle };

    private static SocketsHttpHandler Outside(ExternalRoots roots)
    {
        var handler = PoolSet.Handler();
        handler.PooledConnectionLifetime = ExternalLifetime;
        // Read when the first of them is called.
        handler.SslOptions.RemoteCertificateValidationCallback = roots.Accepts;
        return handler;
    }
}
