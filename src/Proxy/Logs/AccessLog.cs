using System.Threading.Channels;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Logs;

/// <summary>Which requests get a line.</summary>
internal enum AccessLogMode
{
    Off,

    /// <summary>Requests that failed or that the sidecar answered itself.</summary>
    Errors,

    /// <summary>Every request.</summary>
    All,
}

/// <summary>
/// One line per request: JSON to the output, Istio's text to the collector as a log record, or both. Bounded queues stand between requests and either; what does not fit is counted.
/// Thread-safe.
/// </summary>
/// <param name="mode">Of the output.</param>
/// <param name="records">Null when there is no collector.</param>
internal sealed class AccessLog(AccessLogMode mode, LogRecorder? records, TelemetryCounters counters, TimeProvider time)
{
    private const int QueueLines = 4096;

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(QueueLines) { SingleReader = true });

    // Written outside of any lock: requests end on several threads at once.
    [ThreadStatic]
    private static TextLine? _text;

    [ThreadStatic]
    private static JsonLine? _json;

    public static bool IsFailure(Exchange exchange) =>
        exchange.Status >= 500 || (exchange.Flags & ~ResponseFlags.DelayInjected) != 0 || Exchange.IsGrpcFailure(exchange.GrpcStatus);

    public void Write(Exchange exchange)
    {
        bool isFailure = IsFailure(exchange);
        if (records is not null && IsWanted(records.Mode, exchange.PolicyNote, isFailure))
        {
            var line = _text ??= new();
            AccessLogText.Write(line, exchange);
            records.Add(exchange, line.Written, isFailure);
        }

        if (IsWanted(mode, exchange.PolicyNote, isFailure))
        {
            var json = _json ??= new();
            AccessLogJson.Write(json, exchange);
            Queue(json);
        }
    }

    /// <summary>A connection of bytes that ended.</summary>
    public void Write(TcpRecord record)
    {
        bool isFailure = record.Flags != ResponseFlags.None;
        if (records is not null && IsWanted(records.Mode, record.PolicyNote, isFailure))
        {
            var line = _text ??= new();
            TcpLogText.Write(line, record, time);
            records.Add(record, line.Written, isFailure);
        }

        if (IsWanted(mode, record.PolicyNote, isFailure))
        {
            var json = _json ??= new();
            TcpLogJson.Write(json, record, time);
            Queue(json);
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

    private static bool IsWanted(AccessLogMode mode, string policyNote, bool isFailure) =>
        mode == AccessLogMode.All || (mode == AccessLogMode.Errors && (isFailure || policyNote.Length > 0));

    private void Queue(JsonLine json)
    {
        if (!_lines.Writer.TryWrite([.. json.Object, (byte)'\n']))
        {
            counters.DropLogs(1, DropReason.QueueFull);
        }
    }
}
