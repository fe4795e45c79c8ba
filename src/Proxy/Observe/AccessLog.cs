using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;

namespace MeshInsight.Proxy.Observe;

/// <summary>Which requests get a line.</summary>
internal enum AccessLogMode
{
    Off,

    /// <summary>Requests that failed or that the sidecar answered itself.</summary>
    Errors,

    /// <summary>Every request.</summary>
    Json,
}

/// <summary>
/// One JSON line per request: the fields of Envoy's and Istio's access log, and Linkerd's split of <c>processing_ns</c> (the sidecar's own
/// time) out of <c>total_ns</c>. Failed requests also go out as log records. A bounded queue stands between requests and the output; lines that do not fit are counted.
/// </summary>
internal sealed class AccessLog(AccessLogMode mode, FailureLog? failures, TelemetryCounters counters, TimeProvider time)
{
    private const int QueueLines = 4096;
    private const int MaxTextLength = 1024;

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(QueueLines) { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private Utf8JsonWriter? _writer;

    public static bool IsFailure(Exchange exchange) =>
        exchange.Status >= 500 || (exchange.Flags & ~ResponseFlags.DelayInjected) != 0 || Exchange.IsGrpcFailure(exchange.GrpcStatus);

    public void Write(Exchange exchange)
    {
        bool isFailure = IsFailure(exchange);
        bool isWanted = mode == AccessLogMode.Json || (mode == AccessLogMode.Errors && (isFailure || exchange.PolicyNote.Length > 0));
        var report = isFailure ? failures : null;
        if (!isWanted && report is null)
        {
            return;
        }

        byte[] line = Render(exchange);
        report?.Add(exchange, line.AsSpan(0, line.Length - 1));
        if (isWanted && !_lines.Writer.TryWrite(line))
        {
            counters.DropLogs(1, DropReason.QueueFull);
        }
    }

    /// <summary>Writes lines until stopped, then what is left.</summary>
    public async Task RunAsync(Stream output, CancellationToken stopping)
    {
        using var end = stopping.Register(() => _lines.Writer.TryComplete());
        while (await _lines.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (_lines.Reader.TryRead(out byte[]? line))
            {
                await output.WriteAsync(line, CancellationToken.None);
            }

            await output.FlushAsync(CancellationToken.None);
        }
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteString(name, value.AsSpan(0, Math.Min(value.Length, MaxTextLength)));
        }
    }

    private byte[] Render(Exchange exchange)
    {
        lock (_lock)
        {
            _buffer.ResetWrittenCount();
            _writer ??= new Utf8JsonWriter(_buffer);
            _writer.Reset(_buffer);
            _writer.WriteStartObject();
            WriteFields(_writer, exchange, time.GetElapsedTime(exchange.StartTimestamp));
            _writer.WriteEndObject();
            _writer.Flush();
            _buffer.Write("\n"u8);
            return _buffer.WrittenSpan.ToArray();
        }
    }

    // Until the response's head was passed on; of the last try.
    private static void WriteSplit(Utf8JsonWriter json, Exchange exchange, AttemptRecord? attempt)
    {
        if (attempt is not { RoundTripNanos: > 0 and var roundTrip })
        {
            return;
        }

        if (exchange.IsInbound)
        {
            json.WriteNumber("server_proxy_ns", attempt.ProxyNanos);
            json.WriteNumber("app_ns", roundTrip);
        }
        else if (TimeSplit.TryOf(attempt, out var split))
        {
            json.WriteNumber("client_proxy_ns", split.ClientProxyNanos);
            json.WriteNumber("network_ns", split.NetworkNanos);
            json.WriteNumber("server_proxy_ns", split.ServerProxyNanos);
            json.WriteNumber("app_ns", split.AppNanos);
        }
    }

    private void WriteFields(Utf8JsonWriter json, Exchange exchange, TimeSpan total)
    {
        var (context, request) = (exchange.Context, exchange.Context.Request);
        var attempt = exchange.LastAttempt;
        json.WriteString("start_time", exchange.StartedAt.UtcDateTime);
        Text(json, "reporter", exchange.IsInbound ? "destination" : "source");
        Text(json, "method", request.Method);
        Text(json, "path", exchange.OriginalPath ?? request.Path.Value);
        Text(json, "protocol", request.Protocol);
        json.WriteNumber("response_code", exchange.Status);
        Text(json, "response_flags", exchange.Flags.ToCodes());
        Text(json, "response_code_details", exchange.FailureReason.Length > 0 ? exchange.FailureReason : "via_upstream");
        Text(json, "upstream_transport_failure_reason", attempt?.ErrorType);
        json.WriteNumber("bytes_received", exchange.Request.Bytes);
        json.WriteNumber("bytes_sent", exchange.Response.Bytes);
        json.WriteNumber("duration", (long)total.TotalMilliseconds);
        json.WriteNumber("total_ns", total.Ticks * 100);
        json.WriteNumber("processing_ns", exchange.ProxyNanos);
        if (attempt is { SentTimestamp: > 0, HeadTimestamp: > 0 })
        {
            json.WriteNumber("upstream_service_time", (long)time.GetElapsedTime(attempt.SentTimestamp, attempt.HeadTimestamp).TotalMilliseconds);
        }

        WriteSplit(json, exchange, attempt);
        Text(json, "x_forwarded_for", request.Headers["X-Forwarded-For"].ToString());
        Text(json, "user_agent", request.Headers.UserAgent.ToString());
        Text(json, "request_id", request.Headers["X-Request-Id"].ToString());
        Text(json, "authority", request.Host.Value);
        Text(json, "upstream_host", attempt?.Address);
        Text(json, exchange.IsInbound ? "downstream_peer_uri_san" : "upstream_peer_uri_san", exchange.PeerPrincipal);
        Text(json, "upstream_cluster", exchange.ClusterName);
        Text(json, "downstream_local_address", $"{context.Connection.LocalIpAddress}:{context.Connection.LocalPort}");
        Text(json, "downstream_remote_address", $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}");
        if (exchange.PolicyNote.Length > 0)
        {
            Text(json, "policy_note", exchange.PolicyNote);
        }

        if (exchange.Fault is { } fault)
        {
            Text(json, "fault", fault.Kind);
            Text(json, "fault_injection", fault.Name);
        }

        Text(json, "route_name", exchange.RouteName);
        json.WriteNumber("attempts", exchange.Attempts);
        if (exchange.GrpcStatus >= 0)
        {
            json.WriteNumber("grpc_status", exchange.GrpcStatus);
        }

        Text(json, "trace_id", exchange.Trace.TraceId.ToString());
    }
}
