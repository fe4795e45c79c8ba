namespace MeshInsight.Proxy.Observe;

/// <summary>What tells one series of request metrics from another.</summary>
internal readonly record struct SeriesKey(bool IsInbound, string PeerService, string PeerVersion, int Status, int GrpcStatus, ResponseFlags Flags, bool IsGrpc, string PeerPrincipal);

/// <summary>Counts of one series. Thread-safe without a lock; a scrape may see a request in one count and not yet in another.</summary>
internal sealed class RequestSeries(SeriesKey key)
{
    private long _requests;
    private long _requestMessages;
    private long _responseMessages;

    public SeriesKey Key => key;

    public long Requests => Interlocked.Read(ref _requests);

    public long RequestMessages => Interlocked.Read(ref _requestMessages);

    public long ResponseMessages => Interlocked.Read(ref _responseMessages);

    /// <summary>Thousandths of a millisecond.</summary>
    public FixedHistogram DurationMicros { get; } = new(1000);

    public FixedHistogram RequestBytes { get; } = new(1);

    public FixedHistogram ResponseBytes { get; } = new(1);

    public void Add(Exchange exchange, long durationMicros)
    {
        Interlocked.Increment(ref _requests);
        DurationMicros.Add(durationMicros);
        RequestBytes.Add(exchange.Request.Bytes);
        ResponseBytes.Add(exchange.Response.Bytes);
        if (exchange.IsGrpc)
        {
            Interlocked.Add(ref _requestMessages, exchange.Request.Messages);
            Interlocked.Add(ref _responseMessages, exchange.Response.Messages);
        }
    }
}
