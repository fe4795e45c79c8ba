namespace MeshInsight.Proxy.Export;

/// <summary>What the sidecar counts about its own telemetry. Thread-safe.</summary>
internal sealed class TelemetryCounters
{
    public static readonly DropReason[] Reasons = Enum.GetValues<DropReason>();

    private readonly long[] _spansDropped = new long[Reasons.Length];
    private readonly long[] _logsDropped = new long[Reasons.Length];
    private long _spansSent;
    private long _logsSent;
    private long _sendFailures;

    public long SpansSent => Interlocked.Read(ref _spansSent);

    /// <summary>Tries that failed; what they carried is tried again.</summary>
    public long SendFailures => Interlocked.Read(ref _sendFailures);

    public long SpansDropped(DropReason reason) => Interlocked.Read(ref _spansDropped[(int)reason]);

    public long LogsDropped(DropReason reason) => Interlocked.Read(ref _logsDropped[(int)reason]);

    public long LogsSent => Interlocked.Read(ref _logsSent);

    public void CountLogsSent(int count) => Interlocked.Add(ref _logsSent, count);

    public void CountSpansSent(int count) => Interlocked.Add(ref _spansSent, count);

    public void CountSendFailure() => Interlocked.Increment(ref _sendFailures);

    public void DropSpans(int count, DropReason reason) => Interlocked.Add(ref _spansDropped[(int)reason], count);

    public void DropLogs(int count, DropReason reason) => Interlocked.Add(ref _logsDropped[(int)reason], count);
}
