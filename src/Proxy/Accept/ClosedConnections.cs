namespace MeshInsight.Proxy.Accept;

/// <summary>
/// Counts connections that were closed for what their client did, by listener and reason. The log has one line per reason and ten seconds, with how many it stands for:
/// who attacks us does not get to fill a disk.
/// </summary>
internal sealed partial class ClosedConnections(ILoggerFactory loggers, TimeProvider time)
{
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(10);
    private static readonly int Sides = Enum.GetValues<ListenerSide>().Length;

    private readonly ILogger _logger = loggers.CreateLogger("MeshInsight.Proxy");
    private readonly long[] _counts = new long[Sides * Reasons.Length];
    private readonly Told[] _told = [.. Reasons.Select(_ => new Told())];

    public static CloseReason[] Reasons { get; } = Enum.GetValues<CloseReason>();

    public long Count(ListenerSide side, CloseReason reason) => Volatile.Read(ref Cell(side, reason));

    public void Add(ListenerSide side, CloseReason reason, string remoteAddress)
    {
        Interlocked.Increment(ref Cell(side, reason));
        var told = _told[(int)reason];
        long count;
        lock (told)
        {
            told.Unsaid++;
            if (told.At is { } at && time.GetElapsedTime(at) < LogEvery)
            {
                return;
            }

            (count, told.Unsaid, told.At) = (told.Unsaid, 0, time.GetTimestamp());
        }

        Log.Closed(_logger, count, side, Words(reason), remoteAddress);
    }

    private static string Words(CloseReason reason) => reason switch
    {
        CloseReason.PrematureResets => "more than half of its HTTP/2 streams were reset before they had an answer (rapid reset)",
        CloseReason.TooManyConnections => "the listener has as many connections as it may (MESH_MAX_CONNECTIONS)",
        CloseReason.FirstBytesTimeout => "it began no request in time",
        CloseReason.TlsHandshakeFailed => "the TLS handshake failed",
        CloseReason.InvalidRequest => "what it sent is no HTTP request",
        CloseReason.HeadersTooLarge => "its request line or headers were too large",
        CloseReason.HeadersTimeout => "the head of its request did not end in time (MESH_REQUEST_HEADERS_SECONDS)",
        CloseReason.TooSlow => "it sent or read too slowly",
        CloseReason.Http2Error => "it broke the rules of HTTP/2",
        _ => throw new ArgumentOutOfRangeException(nameof(reason)),
    };

    private ref long Cell(ListenerSide side, CloseReason reason) => ref _counts[((int)reason * Sides) + (int)side];

    private sealed class Told
    {
        public long? At { get; set; }

        public long Unsaid { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(1075, LogLevel.Warning, "Closed {Count} connection(s), the last on the {Side} listener: {Reason}; from {RemoteAddress}.")]
        public static partial void Closed(ILogger logger, long count, ListenerSide side, string reason, string remoteAddress);
    }
}
