using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Queries;

/// <summary>Empty = any.</summary>
public sealed record RedFilter(string Service = "", string Version = "", string Instance = "", string Operation = "");

public enum RedGrouping
{
    None,
    Service,
    Version,
    Instance,
    Operation,
}

/// <param name="Key">Service, version, instance or operation, as grouped.</param>
public sealed record RedTotal(string Key, Red Red);

/// <summary>Golden signals as services answered requests, from <c>mesh_red</c>.</summary>
public sealed class RedQueries(ClickHouseClient client)
{
    private const string Sums = "sum(Requests), sum(Errors), sum(LatencySumMicros), " + Sql.Sketch;

    private const string Where = """
        WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})
          AND ({service:String} = '' OR ServiceName = {service:String})
          AND ({version:String} = '' OR ServiceVersion = {version:String})
          AND ({instance:String} = '' OR ServiceInstance = {instance:String})
          AND ({operation:String} = '' OR Operation = {operation:String})
        """;

    /// <summary>
    /// One series per value of the grouping, ordered by it; for <see cref="RedGrouping.None"/> always one. When the window ends now, its last step is
    /// not over and the collector is a second or two behind, so its rate is low.
    /// </summary>
    public async Task<IReadOnlyList<RedSeries>> SeriesAsync(
        RedFilter filter,
        TimeWindow window,
        TimeSpan step,
        RedGrouping grouping = RedGrouping.None,
        CancellationToken cancel = default)
    {
        var grid = SeriesGrid.Of(window, step);
        var lines = new SortedDictionary<string, Red[]>(StringComparer.Ordinal);
        string sql = $"SELECT {Column(grouping)} AS Key, {Sql.Step} AS Step, {Sums} FROM mesh_red{grid.Suffix} {Where} GROUP BY Key, Step";
        await using var rows = await client.QueryAsync(sql, Parameters(filter, grid), cancel);
        while (await rows.NextAsync(cancel))
        {
            if (!lines.TryGetValue(rows.Text(0), out var line))
            {
                lines.Add(rows.Text(0), line = NewLine(grid));
            }

            long index = (rows.Int(1) - grid.FromSeconds) / grid.StepSeconds;
            line[index] = Red.Of(rows.Int(2), rows.Int(3), grid.StepSeconds, rows.Double(4), rows.Sketch(5, 6));
        }

        if (grouping == RedGrouping.None)
        {
            lines.TryAdd("", NewLine(grid));
        }

        return [.. lines.Select(line => new RedSeries(line.Key, [.. line.Value.Select((red, i) => new RedPoint(grid.TimeOf(i), red))]))];
    }

    /// <summary>One total per value of the grouping, most requests first.</summary>
    public async Task<IReadOnlyList<RedTotal>> TotalsAsync(RedFilter filter, TimeWindow window, RedGrouping grouping, CancellationToken cancel = default)
    {
        var grid = SeriesGrid.Whole(window);
        List<RedTotal> totals = [];
        string sql = $"SELECT {Column(grouping)} AS Key, {Sums} FROM mesh_red{grid.Suffix} {Where} GROUP BY Key ORDER BY sum(Requests) DESC, Key";
        await using var rows = await client.QueryAsync(sql, Parameters(filter, grid), cancel);
        while (await rows.NextAsync(cancel))
        {
            var red = Red.Of(rows.Int(1), rows.Int(2), grid.ToSeconds - grid.FromSeconds, rows.Double(3), rows.Sketch(4, 5));
            totals.Add(new(rows.Text(0), red));
        }

        return totals;
    }

    /// <summary>Names of the services that answered requests, in order.</summary>
    public Task<IReadOnlyList<string>> ServicesAsync(TimeWindow window, CancellationToken cancel = default) => NamesAsync("ServiceName", new(), window, cancel);

    /// <summary>Names of the operations of a service, in order.</summary>
    public Task<IReadOnlyList<string>> OperationsAsync(string service, TimeWindow window, CancellationToken cancel = default) =>
        NamesAsync("Operation", new(service), window, cancel);

    private async Task<IReadOnlyList<string>> NamesAsync(string column, RedFilter filter, TimeWindow window, CancellationToken cancel)
    {
        var grid = SeriesGrid.Of(window, window.Length > TimeSpan.FromDays(7) ? TimeSpan.FromHours(1) : TimeSpan.FromMinutes(1));
        List<string> names = [];
        string sql = $"SELECT DISTINCT {column} AS Name FROM mesh_red{grid.Suffix} {Where} ORDER BY Name LIMIT 10000";
        await using var rows = await client.QueryAsync(sql, Parameters(filter, grid), cancel);
        while (await rows.NextAsync(cancel))
        {
            names.Add(rows.Text(0));
        }

        return names;
    }

    private static string Column(RedGrouping grouping) => grouping switch
    {
        RedGrouping.Service => "ServiceName",
        RedGrouping.Version => "ServiceVersion",
        RedGrouping.Instance => "ServiceInstance",
        RedGrouping.Operation => "Operation",
        _ => "''",
    };

    private static Red[] NewLine(SeriesGrid grid) => [.. Enumerable.Repeat(Red.None, grid.Count)];

    private static QueryParameter[] Parameters(RedFilter filter, SeriesGrid grid) =>
    [
        .. grid.Parameters,
        QueryParameter.Of("service", filter.Service),
        QueryParameter.Of("version", filter.Version),
        QueryParameter.Of("instance", filter.Instance),
        QueryParameter.Of("operation", filter.Operation),
    ];
}
