namespace MeshInsight.Portal.Clients;

/// <summary>
/// What the pages ask of the store. Every call is bounded by a window and a limit, so that none takes more than a second over a million spans;
/// a store that does not answer is an exception whose message a person can read.
/// </summary>
internal interface ITelemetry
{
    /// <summary>One point per step, gaps left out. No service: all of them; no version or instance: all of the service.</summary>
    Task<IReadOnlyList<RedPoint>> SeriesAsync(TimeWindow window, IReadOnlyList<string> services, string version, string instance, CancellationToken cancellation);

    Task<TopologyNow> TopologyAsync(TimeWindow window, CancellationToken cancellation);

    Task<IReadOnlyList<NamedRed>> InstancesAsync(TimeWindow window, string service, CancellationToken cancellation);

    /// <summary>Most requests first.</summary>
    Task<IReadOnlyList<NamedRed>> OperationsAsync(TimeWindow window, string service, CancellationToken cancellation);

    /// <summary>Requests per service and step.</summary>
    Task<IReadOnlyList<RatePoint>> RatesAsync(TimeWindow window, CancellationToken cancellation);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<TraceSummary>> FindTracesAsync(TraceQuery query, CancellationToken cancellation);

    Task<DurationMap> DurationsAsync(TraceQuery query, CancellationToken cancellation);

    /// <returns>Null when no span of that trace is stored.</returns>
    Task<TraceDetail?> TraceAsync(string traceId, CancellationToken cancellation);

    Task<IReadOnlyList<SamplingShare>> SamplingAsync(TimeWindow window, CancellationToken cancellation);

    /// <summary>What is stored, largest first.</summary>
    Task<IReadOnlyList<StoredTable>> TablesAsync(CancellationToken cancellation);

    Task<Freshness> FreshnessAsync(CancellationToken cancellation);
}
