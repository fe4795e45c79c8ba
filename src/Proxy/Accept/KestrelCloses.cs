using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// Connections that Kestrel closes by itself, before there is a request to answer. It says why in one place only, the tag <c>error.type</c> of its metric
/// <c>kestrel.connection.duration</c> (https://opentelemetry.io/docs/specs/semconv/dotnet/dotnet-kestrel-metrics/), so we listen to that one: once per connection,
/// at its end, and never per request. A tag of ours on the connection says whose it is; other servers in the process have none.
/// </summary>
internal static class KestrelCloses
{
    private const string Meter = "Microsoft.AspNetCore.Server.Kestrel";
    private const string Duration = "kestrel.connection.duration";
    private const string ErrorType = "error.type";
    private const string Ours = "mesh.side";

    // One for the process, never ended: each listener hears of every connection, and two would count it twice.
    private static readonly Lazy<MeterListener> Listener = new(Listen);

    /// <summary>To be called before a server begins to listen.</summary>
    public static void Begin() => _ = Listener.Value;

    public static void Watch(ConnectionContext connection, ClosedConnections closed, ListenerSide side, string remoteAddress) =>
        connection.Features.Get<IConnectionMetricsTagsFeature>()?.Tags.Add(new(Ours, new Watched(closed, side, remoteAddress)));

    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == Duration && instrument.Meter.Name == Meter)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(static (_, _, tags, _) => Count(tags));
        listener.Start();
        return listener;
    }

    private static void Count(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Watched? watched = null;
        CloseReason? reason = null;
        foreach (var (name, value) in tags)
        {
            watched = name == Ours ? value as Watched : watched;
            reason = name == ErrorType ? Reason(value as string) : reason;
        }

        if (watched is not null && reason is { } why)
        {
            watched.Closed.Add(watched.Side, why, watched.RemoteAddress);
        }
    }

    // What is not here is no refusal: the client left, was idle, or this sidecar stopped.
    private static CloseReason? Reason(string? error) => error switch
    {
        "invalid_request_line" or "invalid_request_headers" or "invalid_http_version" or "invalid_body_reader_state" => CloseReason.InvalidRequest,
        "max_request_headers_total_size_exceeded" or "max_request_header_count_exceeded" => CloseReason.HeadersTooLarge,
        "request_headers_timeout" => CloseReason.HeadersTimeout,
        "min_request_body_data_rate" or "min_response_data_rate" => CloseReason.TooSlow,
        "invalid_handshake" or "invalid_frame_length" or "max_frame_length_exceeded" or "invalid_settings" or "invalid_stream_id" or "unknown_stream" or "unexpected_frame"
            or "frame_after_stream_close" or "error_reading_headers" or "missing_stream_end" or "invalid_data_padding" or "stream_self_dependency" or "stream_creation_error"
            or "invalid_window_update_size" or "flow_control_window_exceeded" or "flow_control_queue_size_exceeded" or "output_queue_size_exceeded"
            or "stream_reset_limit_exceeded" => CloseReason.Http2Error,
        _ => null,
    };

    /// <summary>As text the side alone, since an app's own telemetry in this process may see the tag.</summary>
    private sealed class Watched(ClosedConnections closed, ListenerSide side, string remoteAddress)
    {
        public ClosedConnections Closed => closed;

        public ListenerSide Side => side;

        public string RemoteAddress => remoteAddress;

        public override string ToString() => side.ToString();
    }
}
