using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// What clients may do. A sidecar adds no limits of its own to bodies: their size and pace are between client and app, and header bytes pass as they came. An app in
/// this process has nobody behind it who would set limits, and reads headers as apps do: there Kestrel's defaults stay. See docs/decisions/0176.
/// </summary>
internal sealed record ClientLimits
{
    /// <summary>MESH_REQUEST_HEADERS_SECONDS: from a request's first byte to the end of its head; 30 (default), 0 for no limit.</summary>
    public TimeSpan RequestHeaders { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// MESH_IDLE_SECONDS: how long a connection without a request stays; 600 (default), 0 for no limit. Longer than any pool keeps idle connections, so that the
    /// client closes first and no request meets a closing connection.
    /// </summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>MESH_STREAM_IDLE_SECONDS: how long a request may stay without a byte in either direction; by default 300 in a gateway (Envoy's), 3600 in a sidecar.</summary>
    public TimeSpan? StreamIdle { get; init; }

    /// <summary>MESH_MAX_CONNECTIONS: per listener; 10000 (default, Envoy's advice for edges), 0 for no limit. Those beyond it are closed at once.</summary>
    public int MaxConnections { get; init; } = 10_000;

    public TimeSpan StreamIdleOf(bool isGateway) => OrNever(StreamIdle ?? (isGateway ? TimeSpan.FromMinutes(5) : TimeSpan.FromHours(1)));

    public void Apply(KestrelServerOptions options, bool isApp)
    {
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        // Absolute-form requests (HTTP_PROXY) name the service in the target, whatever Host says.
        options.AllowHostHeaderOverride = true;
        options.AllowAlternateSchemes = true;
        var limits = options.Limits;
        if (!isApp)
        {
            // Only Latin-1 maps every byte to a character and back.
            options.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
            options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            limits.MaxRequestBodySize = null;
            limits.MinRequestBodyDataRate = null;
            limits.MinResponseDataRate = null;
        }

        limits.MaxRequestHeadersTotalSize = 64 * 1024;
        limits.MaxRequestLineSize = 32 * 1024;
        limits.RequestHeadersTimeout = OrNever(RequestHeaders);
        limits.KeepAliveTimeout = OrNever(Idle);
        limits.Http2.MaxStreamsPerConnection = 1000;
        limits.Http2.MaxRequestHeaderFieldSize = 32 * 1024;
    }

    private static TimeSpan OrNever(TimeSpan limit) => limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan;
}
