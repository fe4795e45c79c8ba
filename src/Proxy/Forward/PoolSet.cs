using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Identity;

namespace MeshInsight.Proxy.Forward;

/// <summary>The connections whose packets bear the mark of one class.</summary>
/// <param name="identity">Null to have all in plain text.</param>
/// <param name="peers">Whom connections within mutual TLS must find.</param>
internal sealed class PoolSet(IdentityState? identity, ExpectedPeers peers, PriorityClass priority) : IDisposable
{
    // Connections are made anew now and then, so that peers that stay show a certificate in force.
    private static readonly TimeSpan SecuredLifetime = TimeSpan.FromHours(1);

    private readonly HttpMessageInvoker _http1 = new(Plain(priority));
    private readonly HttpMessageInvoker _http2 = new(Plain(priority));
    private readonly HttpMessageInvoker? _tls1 = identity is null ? null : new(Secured(new(identity, SslApplicationProtocol.Http11, socket => Dscp.Mark(socket, priority)), peers));
    private readonly HttpMessageInvoker? _tls2 = identity is null ? null : new(Secured(new(identity, SslApplicationProtocol.Http2, socket => Dscp.Mark(socket, priority)), peers));

    public HttpMessageInvoker Invoker(UpstreamProtocol protocol, bool isSecured) => (protocol, isSecured) switch
    {
        (UpstreamProtocol.Http2, true) => _tls2!,
        (_, true) => _tls1!,
        (UpstreamProtocol.Http2, false) => _http2,
        _ => _http1,
    };

    public void Dispose()
    {
        _http1.Dispose();
        _http2.Dispose();
        _tls1?.Dispose();
        _tls2?.Dispose();
    }

    private static SocketsHttpHandler Secured(TlsClient tls, ExpectedPeers peers)
    {
        var handler = Handler();
        handler.ConnectCallback = (context, cancellation) => tls.ConnectAsync(context.DnsEndPoint, context.InitialRequestMessage.RequestUri is { } address ? peers.At(address) : null, cancellation);
        handler.PooledConnectionLifetime = SecuredLifetime;
        return handler;
    }

    private static SocketsHttpHandler Plain(PriorityClass priority)
    {
        var handler = Handler();
        if (Dscp.Of(priority) != 0)
        {
            handler.ConnectCallback = (context, cancellation) => ConnectAsync(context, priority, cancellation);
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, PriorityClass priority, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            Dscp.Mark(socket, priority);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The settings that all connections share.</summary>
    public static SocketsHttpHandler Handler() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        EnableMultipleHttp2Connections = true,
        // We write the trace headers ourselves.
        ActivityHeadersPropagator = null,
        ConnectTimeout = TcpConfig.Default.ConnectTimeout,
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
