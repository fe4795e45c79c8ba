using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Queries;

/// <summary>What the mesh itself costs, from <c>mesh_edge_times</c>.</summary>
public sealed class OverheadQueries(ClickHouseClient client)
{
    /// <summary>By source, destination and their versions. Calls without a split are not in it.</summary>
    /// <param name="service">Only calls to or from it; empty for all.</param>
    public async Task<IReadOnlyList<EdgeTimes>> EdgesAsync(TimeWindow window, string service = "", CancellationToken cancel = default)
    {
        const string Key = "Source, SourceVersion, Destination, DestinationVersion";
        var grid = SeriesGrid.Whole(window);
        string sql = $$"""
            SELECT {{Key}}, Part, sum(LatencySumMicros), {{Sql.Sketch}}
            FROM mesh_edge_times{{grid.Suffix}}
            WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32}) AND ({service:String} = '' OR Source = {service:String} OR Destination = {service:String})
            GROUP BY {{Key}}, Part
            ORDER BY {{Key}}
            """;
        List<EdgeTimes> edges = [];
        await using var rows = await client.QueryAsync(sql, [.. grid.Parameters, QueryParameter.Of("service", service)], cancel);
        while (await rows.NextAsync(cancel))
        {
            var empty = new EdgeTimes(rows.Text(0), rows.Text(1), rows.Text(2), rows.Text(3), 0, PartTime.None, PartTime.None, PartTime.None, PartTime.None);
            if (edges.Count == 0 || !IsSame(edges[^1], empty))
            {
                edges.Add(empty);
            }

            var sketch = rows.Sketch(6, 7);
            edges[^1] = With(edges[^1], rows.Text(4), PartTime.Of(rows.Double(5), sketch)) with { Requests = Math.Max(edges[^1].Requests, (long)sketch.Count) };
        }

        return edges;
    }

    private static EdgeTimes With(EdgeTimes edge, string part, PartTime time) => part switch
    {
        "client_proxy" => edge with { ClientProxy = time },
        "network" => edge with { Network = time },
        "server_proxy" => edge with { ServerProxy = time },
        "app" => edge with { App = time },
        _ => edge,
    };

    private static bool IsSame(EdgeTimes a, EdgeTimes b) =>
        a.Source == b.Source && a.SourceVersion == b.SourceVersion && a.Destination == b.Destination && a.DestinationVersion == b.DestinationVersion;
}
