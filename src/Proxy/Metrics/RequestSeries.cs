using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Metrics;

/// <summary>What tells one series of request metrics from another.</summary>
internal readonly record struct SeriesKey(bool IsInbound, string PeerService, string PeerVersion, int Status, int GrpcStatus, ResponseFlags Flags, bool IsGrpc, string PeerPrincipal, PriorityClass Priority = PriorityClass.Unset)
{
    /// <summary>Of what came when the table was full.</summary>
    public static SeriesKey Overflow { get; } = new(false, "", "", -1, -1, ResponseFlags.None, false, "");

    public bool IsOverflow => Status < 0;
}

/// <summary>Counts of one series. A scrape may see a request in one count and not yet in another.</summary>
internal sealed class RequestSeries(SeriesKey key, long startUnixNanos, long startTimestamp) : Series(startUnixNanos, startTimestamp)
{
    private long _requestMessages;
    private long _responseMessages;

    public SeriesKey Key => key;

    public long Requests => Count;

    public long RequestMessages => Interlocked.Read(ref _requestMessages);

    public long ResponseMessages => Interlocked.Read(ref _responseMessages);

    /// <summary>Thousandths of a millisecond.</summary>
    public FixedHistogram DurationMicros { get; } = new(1000);

    public FixedHistogram RequestBytes { get; } = new(1);

    public FixedHistogram ResponseBytes { get; } = new(1);

    /// <param name="keepsExemplars">Whether the request's span is recorded: else nobody could look it up.</param>
    /// <returns>False when the series was retired meanwhile.</returns>
    public bool TryAdd(Exchange exchange, bool keepsExemplars)
    {
        if (!TryCount(exchange.EndTimestamp))
        {
            return false;
        }

        long nanos = exchange.NanosSinceStart(exchange.EndTimestamp);
        if (keepsExemplars)
        {
            var span = exchange.IsInbound ? exchange.ServerSpanId : exchange.LastAttempt?.SpanId ?? default;
            DurationMicros.Add(new Exemplar(exchange.Trace.TraceId, span, nanos / 1000, UnixTime.Nanos(exchange.StartedAt) + nanos));
        }
        else
        {
            DurationMicros.Add(nanos / 1000);
        }

        if (exchange.IsGrpc)
        {
            Interlocked.Add(ref _requestMessages, exchange.Request.Messages);
            Interlocked.Add(ref _responseMessages, exchange.Response.Messages);
        }

        RequestBytes.Add(exchange.Request.Bytes);
        // Last: a request that is in here is in all the others.
        ResponseBytes.Add(exchange.Response.Bytes);
        return true;
    }
}
