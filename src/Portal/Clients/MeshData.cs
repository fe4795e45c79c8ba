using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;

namespace MeshInsight.Portal.Clients;

/// <summary>Every data set the pages show, as a feed. Numbers called "now" cover the last <see cref="NowLength"/>.</summary>
internal sealed class MeshData(FeedStore feeds, ControlPlaneClient control, ITelemetry telemetry, CollectorClient collector, TimeProvider clock)
{
    public static readonly TimeSpan NowLength = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Fast = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5);

    /// <summary>Rows of the newest second are still on their way; counting it would make every rate look low.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    public Feed<ControlStatus> Status => feeds.Get(FeedNames.Status, Calm, control.StatusAsync);

    public Feed<IReadOnlyList<MeshInstance>> Instances => feeds.Get(FeedNames.Instances, Calm, control.InstancesAsync);

    public Feed<IReadOnlyList<MeshService>> Services => feeds.Get(FeedNames.Services, Calm, control.ServicesAsync);

    public Feed<IReadOnlyList<MeshResource>> Resources => feeds.Get(FeedNames.Resources, Slow, control.ResourcesAsync);

    public Feed<IReadOnlyList<RolloutStatus>> Rollouts => feeds.Get(FeedNames.Rollouts, Fast, control.RolloutsAsync);

    public Feed<IReadOnlyList<Incident>> Incidents => feeds.Get(FeedNames.Incidents, Fast, control.IncidentsAsync);

    public Feed<IReadOnlyList<Decision>> Decisions => feeds.Get(FeedNames.Decisions, Fast, control.DecisionsAsync);

    /// <summary>Services by version and the calls between them, over the last <see cref="NowLength"/>.</summary>
    public Feed<TopologyNow> Now =>
        feeds.Get("telemetry/now", Calm, cancellation => telemetry.TopologyAsync(Last(NowLength, TimeSpan.FromSeconds(1)), cancellation));

    /// <summary>Requests per service over the last three minutes, for the small lines on nodes.</summary>
    public Feed<IReadOnlyList<RatePoint>> Rates =>
        feeds.Get("telemetry/rates", Slow, cancellation => telemetry.RatesAsync(Last(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(5)), cancellation));

    public Feed<Freshness> Freshness => feeds.Get("telemetry/freshness", Calm, telemetry.FreshnessAsync);

    public Feed<CollectorState> Collector => feeds.Get("collector", Calm, collector.StateAsync);

    /// <param name="filter">Its window is ignored; the range counts.</param>
    public Feed<IReadOnlyList<TraceSummary>> Traces(TimeSpan range, TraceQuery filter) =>
        feeds.Get($"telemetry/traces/{range.Ticks}/{filter}", Slow, cancellation => telemetry.FindTracesAsync(filter with { Window = Last(range, StepFor(range)) }, cancellation));

    /// <inheritdoc cref="Traces"/>
    public Feed<DurationMap> Durations(TimeSpan range, TraceQuery filter) =>
        feeds.Get($"telemetry/durations/{range.Ticks}/{filter}", Slow, cancellation => telemetry.DurationsAsync(filter with { Window = Last(range, StepFor(range)) }, cancellation));

    /// <summary>Polled on, because spans may still arrive while one looks.</summary>
    public Feed<TraceDetail?> Trace(string traceId) =>
        feeds.Get($"telemetry/trace/{traceId}", Slow, cancellation => telemetry.TraceAsync(traceId, cancellation));

    /// <summary>A series over a window that does not move, or moves only at its end.</summary>
    public Feed<IReadOnlyList<RedPoint>> SeriesOf(string name, Func<TimeWindow> window, string service, string version, string instance) =>
        feeds.Get($"telemetry/story/{name}/{service}/{version}/{instance}", Slow, cancellation => telemetry.SeriesAsync(window(), [service], version, instance, cancellation));

    /// <summary>Kept traces of a window that does not move.</summary>
    public Feed<IReadOnlyList<TraceSummary>> TracesOf(string name, TraceQuery query) =>
        feeds.Get($"telemetry/story/{name}/{query.OnlyErrors}/{query.Service}", Slow, cancellation => telemetry.FindTracesAsync(query, cancellation));

    public Feed<IReadOnlyList<RedPoint>> Series(TimeSpan range, IReadOnlyList<string> services, string version = "", string instance = "") =>
        feeds.Get(
            $"telemetry/series/{range.Ticks}/{string.Join(',', services)}/{version}/{instance}",
            range > TimeSpan.FromMinutes(15) ? Slow : Calm,
            cancellation => telemetry.SeriesAsync(Last(range, StepFor(range)), services, version, instance, cancellation));

    /// <summary>Instances of a service, over the last <see cref="NowLength"/>.</summary>
    public Feed<IReadOnlyList<NamedRed>> InstancesOf(string service) =>
        feeds.Get($"telemetry/instances/{service}", Calm, cancellation => telemetry.InstancesAsync(Last(NowLength, TimeSpan.FromSeconds(1)), service, cancellation));

    public Feed<IReadOnlyList<StoredTable>> Tables => feeds.Get("telemetry/tables", Slow, telemetry.TablesAsync);

    public Feed<IReadOnlyList<NamedRed>> Operations(TimeSpan range, string service) =>
        feeds.Get($"telemetry/operations/{range.Ticks}/{service}", Slow, cancellation => telemetry.OperationsAsync(Last(range, StepFor(range)), service, cancellation));

    public Feed<IReadOnlyList<SamplingShare>> Sampling(TimeSpan range) =>
        feeds.Get($"telemetry/sampling/{range.Ticks}", Slow, cancellation => telemetry.SamplingAsync(Last(range, StepFor(range)), cancellation));

    /// <summary>The window of a chart over the range: about 90 steps, each a round number of seconds.</summary>
    public TimeWindow Last(TimeSpan range, TimeSpan step) => TimeWindow.Last(range, step, clock.GetUtcNow() - Settling);

    public static TimeSpan StepFor(TimeSpan range) => TimeSpan.FromSeconds(range.TotalMinutes switch
    {
        <= 5 => 3,
        <= 15 => 10,
        <= 60 => 40,
        <= 360 => 240,
        _ => 960,
    });
}
