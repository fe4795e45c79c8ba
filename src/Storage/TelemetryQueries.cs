using MeshInsight.Storage.Client;
using MeshInsight.Storage.Queries;

namespace MeshInsight.Storage;

/// <summary>
/// Everything the portal and the command line read, by topic. Every call is one or two statements with typed parameters and throws
/// <see cref="ClickHouseException"/>. Thread-safe.
/// </summary>
public sealed class TelemetryQueries(ClickHouseClient client)
{
    public RedQueries Red { get; } = new(client);

    public TopologyQueries Topology { get; } = new(client);

    public OverheadQueries Overhead { get; } = new(client);

    public TraceQueries Traces { get; } = new(client);

    public LogQueries Logs { get; } = new(client);

    public HistoryQueries History { get; } = new(client);

    public SamplingQueries Sampling { get; } = new(client);
}
