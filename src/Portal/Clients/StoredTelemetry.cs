using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Queries;
using StoredRed = MeshInsight.Storage.Queries.Red;
using StoredWindow = MeshInsight.Storage.Queries.TimeWindow;

namespace MeshInsight.Portal.Clients;

/// <summary>Telemetry out of ClickHouse by the typed queries of src/Storage.</summary>
internal sealed class StoredTelemetry(ClickHouseClient client, TimeProvider clock) : ITelemetry
{
    private const int MaxEntries = 8;
    private const int MaxSpans = 5000;
    private const int HeatSteps = 60;

    private readonly RedQueries _red = new(client);
    private readonly TopologyQueries _topology = new(client);
    private readonly OverheadQueries _overhead = new(client);
    private readonly TraceQueries _traces = new(client);
    private readonly LogQueries _logs = new(client);
    private readonly SamplingQueries _sampling = new(client);

    public async Task<IReadOnlyList<RedPoint>> SeriesAsync(TimeWindow window, IReadOnlyList<string> services, string version, string instance, CancellationToken cancellation)
    {
        var lines = await AskAsync(() => Task.WhenAll((services.Count == 0 ? [""] : services.Take(MaxEntries)).Select(service =>
            _red.SeriesAsync(new RedFilter(service, version, instance), Of(window), window.Step, cancel: cancellation))));
        return
        [
            .. lines.SelectMany(line => line).SelectMany(line => line.Points)
                .Where(p => p.Red.Requests > 0 && p.Time >= window.From && p.Time < window.To)
                .GroupBy(p => p.Time)
                .OrderBy(step => step.Key)
                .Select(step => new RedPoint(step.Key, Sum(step.Select(p => p.Red)))),
        ];
    }

    public async Task<TopologyNow> TopologyAsync(TimeWindow window, CancellationToken cancellation)
    {
        var asking = AskAsync(() => _overhead.EdgesAsync(Of(window), cancel: cancellation));
        var view = await AskAsync(() => _topology.ViewAsync(Of(window), cancellation));
        var times = (await asking).ToDictionary(e => (e.Source, e.SourceVersion, e.Destination, e.DestinationVersion), Of);
        return new TopologyNow(
            [.. view.Nodes.Select(n => new VersionRed(n.Service, n.Version, Of(n.Red)))],
            [.. view.Edges.Select(e => new EdgeRed(e.Source, e.SourceVersion, e.Destination, e.DestinationVersion, Of(e.Client), Of(e.Server))
            {
                Times = times.GetValueOrDefault((e.Source, e.SourceVersion, e.Destination, e.DestinationVersion), TimeParts.None),
            })]);
    }

    public Task<IReadOnlyList<NamedRed>> InstancesAsync(TimeWindow window, string service, CancellationToken cancellation) =>
        TotalsAsync(window, service, RedGrouping.Instance, cancellation);

    public Task<IReadOnlyList<NamedRed>> OperationsAsync(TimeWindow window, string service, CancellationToken cancellation) =>
        TotalsAsync(window, service, RedGrouping.Operation, cancellation);

    public async Task<IReadOnlyList<RatePoint>> RatesAsync(TimeWindow window, CancellationToken cancellation)
    {
        var lines = await AskAsync(() => _red.SeriesAsync(new RedFilter(), Of(window), window.Step, RedGrouping.Service, cancellation));
        return [.. lines.SelectMany(line => line.Points.Select(p => new RatePoint(line.Key, p.Time, p.Red.Requests, p.Red.Errors)))];
    }

    public async Task<IReadOnlyList<TraceSummary>> FindTracesAsync(TraceQuery query, CancellationToken cancellation)
    {
        var found = await AskAsync(() => _traces.SearchAsync(Of(query), cancellation));
        return
        [
            .. found.Select(t => new TraceSummary(
                t.TraceId, t.Start, t.Duration.TotalMilliseconds, t.RootService, t.RootOperation, t.SpanCount, t.ErrorCount, t.Services,
                t.AnomalyScore, t.SuspectedService, t.SamplingProbability, t.SamplingReason)),
        ];
    }

    public async Task<DurationMap> DurationsAsync(TraceQuery query, CancellationToken cancellation)
    {
        var cells = await AskAsync(() => _traces.HeatmapAsync(Of(query), HeatSteps, cancellation));
        return new DurationMap(
            Of(query.Window).StepFor(HeatSteps),
            [.. cells.Select(c => new DurationCell(c.Time, (int)Math.Round(DurationCell.BandOf(c.LowerMillis)), c.Kept, c.Errors))]);
    }

    public async Task<TraceDetail?> TraceAsync(string traceId, CancellationToken cancellation)
    {
        var spans = AskAsync(() => _traces.SpansAsync(traceId, cancellation));
        var logs = AskAsync(() => _logs.OfTraceAsync(traceId, cancellation));
        await Task.WhenAll(spans, logs);
        var stored = await spans;
        return stored.Count == 0 ? null : new TraceDetail(
            traceId,
            [.. stored.Take(MaxSpans).Select(Of)],
            [.. (await logs).Select(l => new TraceLog(l.SpanId, DateTimeOffset.UnixEpoch.AddTicks(l.TimeUnixNano / TimeSpan.NanosecondsPerTick), l.Severity, l.Service, l.Body))],
            stored.Count > MaxSpans);
    }

    public async Task<IReadOnlyList<SamplingShare>> SamplingAsync(TimeWindow window, CancellationToken cancellation) =>
        [.. (await AskAsync(() => _sampling.ByReasonAsync(Of(window), cancellation)))
            .Select(k => new SamplingShare(k.Key, k.Kept, k.Spans, k.Estimated, k.EstimatedError, k.MeanProbability))];

    public async Task<IReadOnlyList<StoredTable>> TablesAsync(CancellationToken cancellation) =>
        [.. (await AskAsync(() => _sampling.TablesAsync(cancellation))).Select(t => new StoredTable(t.Table, t.Rows, t.DiskBytes, t.RawBytes))];

    public async Task<Freshness> FreshnessAsync(CancellationToken cancellation)
    {
        var series = AskAsync(() => _red.SeriesAsync(new RedFilter(), StoredWindow.Last(TimeSpan.FromMinutes(1), clock), TimeSpan.FromSeconds(1), cancel: cancellation));
        var newest = AskAsync(() => _traces.SearchAsync(new TraceSearch(StoredWindow.Last(TimeSpan.FromMinutes(15), clock), Limit: 1), cancellation));
        await Task.WhenAll(series, newest);
        var seconds = (await series).SelectMany(line => line.Points).Where(p => p.Red.Requests > 0).Select(p => p.Time).ToList();
        return new Freshness(seconds.Count == 0 ? null : seconds.Max(), await newest is [var trace, ..] ? trace.Start : null);
    }

    private async Task<IReadOnlyList<NamedRed>> TotalsAsync(TimeWindow window, string service, RedGrouping grouping, CancellationToken cancellation) =>
        [.. (await AskAsync(() => _red.TotalsAsync(new RedFilter(service), Of(window), grouping, cancellation))).Select(t => new NamedRed(t.Key, Of(t.Red)))];

    /// <summary>Whoever writes makes the schema; a portal that starts first says so instead of naming a missing table.</summary>
    private static async Task<T> AskAsync<T>(Func<Task<T>> query)
    {
        try
        {
            return await query();
        }
        catch (ClickHouseException missing) when (missing.Name is "UNKNOWN_TABLE" or "UNKNOWN_DATABASE")
        {
            throw new InvalidOperationException("it has no tables yet; the collector makes them when it starts", missing);
        }
    }

    private static StoredWindow Of(TimeWindow window) => new(window.From, window.To);

    private static Red Of(StoredRed red) => new(red.Requests, red.Errors, red.P50Millis, red.P95Millis, red.P99Millis, red.MeanMillis);

    private static TimeParts Of(EdgeTimes edge) => new(edge.Requests, Of(edge.ClientProxy), Of(edge.Network), Of(edge.ServerProxy), Of(edge.App));

    private static PartMillis Of(PartTime part) => new(part.MeanMillis, part.P99Millis);

    private static TraceSearch Of(TraceQuery query) => new(
        Of(query.Window),
        query.Service,
        MinDuration: Millis(query.MinMillis),
        MaxDuration: Millis(query.MaxMillis),
        ErrorsOnly: query.OnlyErrors,
        Attribute: query.Text,
        Limit: query.Limit);

    private static TimeSpan Millis(double? millis) =>
        millis is > 0 and < 1e9 ? TimeSpan.FromMilliseconds(millis.Value) : TimeSpan.Zero;

    private static TraceSpan Of(Storage.Queries.TraceSpan span) => new(
        span.SpanId,
        span.ParentSpanId,
        span.Service,
        span.Version,
        span.Instance,
        span.Name,
        Enum.TryParse(span.Kind, out SpanKind kind) ? kind : SpanKind.Unspecified,
        Enum.TryParse(span.Status, out SpanStatus status) ? status : SpanStatus.Unset,
        span.StatusMessage,
        span.StartUnixNano,
        span.DurationNano,
        Map(span.Attributes),
        Map(span.Resource))
    {
        Why =
        [
            .. span.Events.Where(e => e.Name.StartsWith(MeshAttributes.WhyEventPrefix, StringComparison.Ordinal))
                .Select(e => (e.Name[MeshAttributes.WhyEventPrefix.Length..], e.Attributes.FirstOrDefault(a => a.Key == MeshAttributes.WhyText).Value ?? "")),
        ],
    };

    private static Dictionary<string, string> Map(IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        var map = new Dictionary<string, string>(pairs.Count);
        foreach (var (key, value) in pairs)
        {
            map[key] = value;
        }

        return map;
    }

    /// <summary>Entries beside each other; see <see cref="Red"/>: of quantiles the greatest is a safe thing to say.</summary>
    private static Red Sum(IEnumerable<StoredRed> parts)
    {
        var all = parts.Select(Of).ToList();
        long requests = all.Sum(r => r.Requests);
        return all.Count == 1 ? all[0] : new Red(
            requests, all.Sum(r => r.Errors), all.Max(r => r.P50Millis), all.Max(r => r.P95Millis), all.Max(r => r.P99Millis),
            all.Sum(r => r.MeanMillis * r.Requests) / requests);
    }
}
