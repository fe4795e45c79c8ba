using MeshInsight.Proxy.Relay;

namespace MeshInsight.Proxy.Capture;

/// <summary>What became of the connections that one capturing listener took. Thread-safe.</summary>
internal sealed class CaptureCounts
{
    private long _http;
    private long _routed;
    private long _refused;
    private long _unreachable;
    private long _notRedirected;

    public RelayCount Relayed { get; } = new();

    public long Http => Interlocked.Read(ref _http);

    /// <summary>Bytes that went by the routes of a service, or of a host outside.</summary>
    public long Routed => Interlocked.Read(ref _routed);

    /// <summary>By policy.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public long Unreachable => Interlocked.Read(ref _unreachable);

    /// <summary>Came to the listener itself: relaying them would be a loop.</summary>
    public long NotRedirected => Interlocked.Read(ref _notRedirected);

    public void CountHttp() => Interlocked.Increment(ref _http);

    public void CountRouted() => Interlocked.Increment(ref _routed);

    public void CountRefused() => Interlocked.Increment(ref _refused);

    public void CountUnreachable() => Interlocked.Increment(ref _unreachable);

    public void CountNotRedirected() => Interlocked.Increment(ref _notRedirected);
}
