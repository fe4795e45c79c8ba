namespace MeshInsight.Contracts.Mesh;

/// <summary>The bounds of one service.</summary>
public sealed record ServiceOverload(string Service, OverloadConfig Overload);

/// <summary>How many requests the sidecar of an instance lets its app work on, and what becomes of those beyond. One of the two bounds is set at least.</summary>
/// <param name="MaxRequests">In flight, to the end of their responses; 0 for no such bound.</param>
/// <param name="Adaptive">A bound that is learned from latency; null for none.</param>
/// <param name="MaxPendingRequests">Waiting, all classes together.</param>
/// <param name="MaxWait">After so long a request that waits is shed.</param>
public sealed record OverloadConfig(int MaxRequests, AdaptiveConcurrencyConfig? Adaptive, int MaxPendingRequests, TimeSpan MaxWait);

/// <summary>Bounds the requests that wait for the head of their response by the gradient of its latency.</summary>
/// <param name="UpdateInterval">The limit changes no more often.</param>
/// <param name="BufferPercent">Latency above the least that is not yet taken for a queue.</param>
/// <param name="MinRttInterval">How often the least latency is measured anew.</param>
/// <param name="MinRttRequests">How many requests one such measurement takes.</param>
/// <param name="JitterPercent">Of the interval, added by chance so that instances do not measure together.</param>
public sealed record AdaptiveConcurrencyConfig(
    int MinConcurrency, int MaxConcurrency, TimeSpan UpdateInterval, int BufferPercent, TimeSpan MinRttInterval, int MinRttRequests, int JitterPercent);
