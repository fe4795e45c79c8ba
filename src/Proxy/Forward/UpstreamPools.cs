using System.Net;
using System.Text;
using Yarp.ReverseProxy.Forwarder;

namespace MeshInsight.Proxy.Forward;

/// <summary>How the next hop is spoken to.</summary>
internal enum UpstreamProtocol
{
    Http1,

    /// <summary>HTTP/2 in clear text, by prior knowledge.</summary>
    Http2,
}

/// <summary>The connection pools, one per protocol, for the sidecar's whole life.</summary>
internal sealed class UpstreamPools : IDisposable
{
    // Istio's idle timeout. Whole exchanges are bounded by the route, not here.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromHours(1);

    private readonly SocketsHttpHandler _http1 = Handler();
    private readonly SocketsHttpHandler _http2 = Handler();

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

    public HttpMessageHandler Handler(UpstreamProtocol protocol) => protocol == UpstreamProtocol.Http2 ? _http2 : _http1;

    public ForwarderRequestConfig Config(UpstreamProtocol protocol) => protocol == UpstreamProtocol.Http2 ? _http2Config : _http1Config;

    public void Dispose()
    {
        _http1.Dispose();
        _http2.Dispose();
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
