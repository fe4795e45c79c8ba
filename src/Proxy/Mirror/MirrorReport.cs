using System.Collections.Concurrent;
using MeshInsight.Proxy.Metrics;

namespace MeshInsight.Proxy.Mirror;

/// <summary>Why a copy of a request tells nothing.</summary>
internal enum MirrorLoss
{
    /// <summary>As many copies as are allowed were under way; none was made.</summary>
    Busy,

    /// <summary>The mirror has no endpoint; none was made.</summary>
    NoEndpoint,

    /// <summary>The mirror read the body more slowly than the original did, and the buffer between them was full.</summary>
    Slow,

    /// <summary>The original ended before its body did, or its client left: there is nothing to compare with.</summary>
    Cut,
}

/// <summary>One side of a comparison.</summary>
/// <param name="Status">HTTP status, gRPC status by name, or response flags when no response came.</param>
/// <param name="Latency">From sending to the response head; zero when none came.</param>
internal readonly record struct MirrorSide(string Status, TimeSpan Latency, string TraceId);

/// <summary>What mirrors answered beside what clients got: since the sidecar's start, by route and mirror. Thread-safe.</summary>
internal sealed class MirrorReport(TimeProvider time) : IMetricPart
{
    // Routes come and go with snapshots; what was learned stays until there are too many.
    private const int MaxSeries = 256;
    private const string Overflow = "other";

    private readonly ConcurrentDictionary<(string Route, string Cluster), MirrorSeries> _series = new();

    public IReadOnlyList<MirrorSeries> All => [.. _series.Values.OrderBy(s => s.Route, StringComparer.Ordinal).ThenBy(s => s.Cluster, StringComparer.Ordinal)];

    public void Render(PrometheusText text) => MirrorMetrics.Render(text, All);

    public MirrorSeries For(string route, string cluster)
    {
        if (_series.TryGetValue((route, cluster), out var known))
        {
            return known;
        }

        var key = _series.Count < MaxSeries ? (route, cluster) : (Overflow, Overflow);
        return _series.GetOrAdd(key, static (k, clock) => new(k.Item1, k.Item2, clock), time);
    }
}
