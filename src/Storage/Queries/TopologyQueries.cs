using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Queries;

/// <summary>The service graph, from <c>mesh_red</c> and <c>mesh_edges</c>.</summary>
public sealed class TopologyQueries(ClickHouseClient client)
{
    private const int SparkPoints = 60;
    private const string Within = "WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})";
    private const string Sums = "sum(Requests), sum(Errors), sum(LatencySumMicros), " + Sql.Sketch;
    private const string SparkSums = Sql.Step + " AS Step, sum(Requests), sum(Errors)";

    /// <summary>Nodes by service and version, edges by caller's and callee's version, both in order of their names.</summary>
    public async Task<TopologyView> ViewAsync(TimeWindow window, CancellationToken cancel = default)
    {
        var grid = SeriesGrid.Of(window, window.StepFor(SparkPoints));
        var nodes = NodesAsync(grid, cancel);
        var edges = EdgesAsync(grid, cancel);
        await Task.WhenAll(nodes, edges);
        return new(
            await nodes,
            await edges,
            DateTimeOffset.FromUnixTimeSeconds(grid.FromSeconds),
            DateTimeOffset.FromUnixTimeSeconds(grid.ToSeconds),
            grid.StepSeconds);
    }

    /// <summary>Edges by error share, then by p99: the ones to look at first.</summary>
    /// <param name="minimumRequests">Edges with fewer say nothing.</param>
    public async Task<IReadOnlyList<TopologyEdge>> WorstEdgesAsync(TimeWindow window, int limit = 10, long minimumRequests = 20, CancellationToken cancel = default)
    {
        var edges = await EdgesAsync(SeriesGrid.Of(window, window.StepFor(SparkPoints)), cancel);
        return
        [
            .. edges.Where(edge => edge.Red.Requests >= minimumRequests)
                .OrderByDescending(edge => edge.Red.ErrorShare)
                .ThenByDescending(edge => edge.Red.P99Millis)
                .Take(limit),
        ];
    }

    private async Task<List<TopologyNode>> NodesAsync(SeriesGrid grid, CancellationToken cancel)
    {
        const string Key = "ServiceName, ServiceVersion";
        var sparks = await SparksAsync($"SELECT {Key}, {SparkSums} FROM mesh_red{grid.Suffix} {Within} GROUP BY {Key}, Step", 2, grid, cancel);
        List<TopologyNode> nodes = [];
        await using var rows = await client.QueryAsync($"SELECT {Key}, {Sums} FROM mesh_red{grid.Suffix} {Within} GROUP BY {Key} ORDER BY {Key}", grid.Parameters, cancel);
        while (await rows.NextAsync(cancel))
        {
            nodes.Add(new(rows.Text(0), rows.Text(1), ReadRed(rows, 2, grid), SparksOf(sparks, rows, 2, grid)));
        }

        return nodes;
    }

    private async Task<List<TopologyEdge>> EdgesAsync(SeriesGrid grid, CancellationToken cancel)
    {
        const string Key = "Source, SourceVersion, Destination, DestinationVersion, Side";
        var sparks = await SparksAsync($"SELECT {Key}, {SparkSums} FROM mesh_edges{grid.Suffix} {Within} GROUP BY {Key}, Step", 5, grid, cancel);
        string sql = $"SELECT {Key}, max(Protocol), {Sums} FROM mesh_edges{grid.Suffix} {Within} GROUP BY {Key} ORDER BY {Key}";
        List<TopologyEdge> edges = [];
        await using var rows = await client.QueryAsync(sql, grid.Parameters, cancel);
        while (await rows.NextAsync(cancel))
        {
            // The client's row comes right before the server's of the same edge.
            var red = ReadRed(rows, 6, grid);
            var line = SparksOf(sparks, rows, 5, grid);
            bool client = rows.Text(4) == "client";
            var edge = new TopologyEdge(
                rows.Text(0), rows.Text(1), rows.Text(2), rows.Text(3), rows.Text(5), client ? red : Red.None, client ? Red.None : red, line);
            if (edges.Count > 0 && IsSame(edges[^1], edge))
            {
                edges[^1] = edges[^1] with { Server = red };
                continue;
            }

            edges.Add(edge);
        }

        return edges;
    }

    private async Task<Dictionary<string, Spark[]>> SparksAsync(string sql, int keys, SeriesGrid grid, CancellationToken cancel)
    {
        var lines = new Dictionary<string, Spark[]>();
        await using var rows = await client.QueryAsync(sql, grid.Parameters, cancel);
        while (await rows.NextAsync(cancel))
        {
            string key = KeyOf(rows, keys);
            if (!lines.TryGetValue(key, out var line))
            {
                lines.Add(key, line = Empty(grid));
            }

            long requests = rows.Int(keys + 1);
            double share = requests == 0 ? double.NaN : (double)rows.Int(keys + 2) / requests;
            line[(rows.Int(keys) - grid.FromSeconds) / grid.StepSeconds] = new((double)requests / grid.StepSeconds, share);
        }

        return lines;
    }

    private static Spark[] SparksOf(Dictionary<string, Spark[]> sparks, ClickHouseReader rows, int keys, SeriesGrid grid) =>
        sparks.TryGetValue(KeyOf(rows, keys), out var line) ? line : Empty(grid);

    private static Spark[] Empty(SeriesGrid grid) => [.. Enumerable.Repeat(new Spark(0, double.NaN), grid.Count)];

    private static string KeyOf(ClickHouseReader rows, int keys) => string.Join('\n', Enumerable.Range(0, keys).Select(rows.Text));

    private static Red ReadRed(ClickHouseReader rows, int first, SeriesGrid grid) => Red.Of(
        rows.Int(first),
        rows.Int(first + 1),
        grid.ToSeconds - grid.FromSeconds,
        rows.Double(first + 2),
        rows.Sketch(first + 3, first + 4));

    private static bool IsSame(TopologyEdge a, TopologyEdge b) =>
        a.Source == b.Source && a.SourceVersion == b.SourceVersion && a.Destination == b.Destination && a.DestinationVersion == b.DestinationVersion;
}
