using System.Net;
using System.Net.Security;
using System.Text;
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

/// <summary>The connection pools, one per protocol and one more of each within mutual TLS, for the sidecar's whole life.</summary>
/// <param name="identity">For connections to other sidecars; null to have all in plain text.</param>
/// <param name="roots">For hosts outside the mesh; null to call none within TLS.</param>
internal sealed class UpstreamPools(IdentityState? identity = null, ExternalRoots? roots = null) : IDisposable
{
    // Istio's idle timeout. Whole exchanges are bounded by the route, not here.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromHours(1);

    // Connections are made anew now and then, so that peers that stay show a certificate in force.
    private static readonly TimeSpan SecuredLifetime = TimeSpan.FromHours(1);

    // What DNS says of hosts outside changes.
    private static readonly TimeSpan ExternalLifetime = TimeSpan.FromMinutes(5);

    private readonly HttpMessageInvoker _http1 = new(Handler());
    private readonly HttpMessageInvoker _http2 = new(Handler());
    private readonly HttpMessageInvoker _external = new(Outside(roots ?? new("")));
    private readonly HttpMessageInvoker? _tls1 = identity is null ? null : new(Secured(new(identity, SslApplicationProtocol.Http11)));
    private readonly HttpMessageInvoker? _tls2 = identity is null ? null : new(Secured(new(identity, SslApplicationProtocol.Http2)));

    private readonly ForwarderRequestConfig _http1Config = new()
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = IdleTimeout,
    };

    private readonly ForwarderRequestConfig _http2Config = new()
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = IdleTimeout,
    };

    /// <summary>Whether we can prove who we are. While not, other sidecars are called in plain text, which they refuse where it matters.</summary>
    public bool CanSecure => identity is { IsReady: true };

    /// <summary>For hosts outside the mesh, plain or within TLS that their certificates prove.</summary>
    public HttpMessageInvoker External => _external;

    /// <param name="isSecured">Within mutual TLS; needs an identity.</param>
    public HttpMessageInvoker Invoker(UpstreamProtocol protocol, bool isSecured = false) => (protocol, isSecured) switch
    {
        (UpstreamProtocol.Http2, true) => _tls2!,
        (_, true) => _tls1!,
        (UpstreamProtocol.Http2, false) => _http2,
        _ => _http1,
    };

    public ForwarderRequestConfig Config(UpstreamProtocol protocol) => protocol == UpstreamProtocol.Http2 ? _http2Config : _http1Config;

    public void Dispose()
    {
        _external.Dispose();
        _http1.Dispose();
        _http2.Dispose();
        _tls1?.Dispose();
        _tls2?.Dispose();
    }

    private static SocketsHttpHandler Outside(ExternalRoots roots)
    {
        var handler = Handler();
        handler.PooledConnectionLifetime = ExternalLifetime;
        // Read when the first of them is called.
        handler.SslOptions.RemoteCertificateValidationCallback = roots.Accepts;
        return handler;
    }

    private static SocketsHttpHandler Secured(TlsClient tls)
    {
        var handler = Handler();
        handler.ConnectCallback = tls.ConnectAsync;
        handler.PooledConnectionLifetime = SecuredLifetime;
        return handler;
    }

    private static SocketsHttpHandler Handler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
        // We write the trace headers ourselves.
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        // Shorter than Kestrel's and our own listeners' keep-alive: the side that sends closes first.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        KeepAlivePingDelay = TimeSpan.FromSeconds(30),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        MaxResponseHeadersLength = 64,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };
}
