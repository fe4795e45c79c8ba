using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Metrics;

/// <summary>Whom this sidecar calls.</summary>
internal readonly record struct EdgeKey(string Service, string Version)
{
    /// <summary>Of what came when the table was full.</summary>
    public static EdgeKey Overflow { get; } = new("", "");

    public bool IsOverflow => Service.Length == 0;
}

/// <summary>
/// Where the time of calls to one version went. Sums, not histograms: the bounds that Istio's dashboards expect begin where a sidecar's own time ends; the collector
/// has the distributions from the spans.
/// </summary>
internal sealed class EdgeSeries(EdgeKey key, long startUnixNanos, long startTimestamp) : Series(startUnixNanos, startTimestamp)
{
    public const int Parts = 4;

    private static readonly string[] Names = ["client_proxy", "network", "server_proxy", "app"];

    private readonly long[] _nanos = new long[Parts];

    public EdgeKey Key => key;

    public static string NameOf(int part) => Names[part];

    public double Seconds(int part) => Interlocked.Read(ref _nanos[part]) / 1e9;

    /// <returns>False when the series was retired meanwhile.</returns>
    public bool TryAdd(in TimeSplit split, long now)
    {
        if (!TryCount(now))
        {
            return false;
        }

        Interlocked.Add(ref _nanos[0], split.ClientProxyNanos);
        Interlocked.Add(ref _nanos[1], split.NetworkNanos);
        Interlocked.Add(ref _nanos[2], split.ServerProxyNanos);
        Interlocked.Add(ref _nanos[3], split.AppNanos);
        return true;
    }
}
