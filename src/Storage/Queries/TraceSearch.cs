namespace MeshInsight.Storage.Queries;

public enum TraceOrder
{
    Newest,
    Slowest,
    MostAnomalous,
    MostErrors,
}

/// <summary>What kept traces to look for; empty and zero mean any.</summary>
/// <param name="Service">Takes part anywhere in the trace.</param>
/// <param name="Operation">Of <paramref name="Service"/>, or the root's operation when no service is given.</param>
/// <param name="Version">Of <paramref name="Service"/>, which must be given.</param>
/// <param name="MaxDuration">Zero = no limit.</param>
/// <param name="Attribute"><c>key=value</c> for one attribute of a span or its resource; other text is looked for in span names, status messages and attribute values, ignoring case.</param>
/// <param name="TraceId">32 hex digits; the window is then ignored.</param>
/// <param name="Reason">Why it was kept.</param>
/// <param name="Limit">1..1000.</param>
public sealed record TraceSearch(
    TimeWindow Window,
    string Service = "",
    string Operation = "",
    string Version = "",
    TimeSpan MinDuration = default,
    TimeSpan MaxDuration = default,
    bool ErrorsOnly = false,
    string Attribute = "",
    string TraceId = "",
    string Reason = "",
    TraceOrder Order = TraceOrder.Newest,
    int Limit = 50);

/// <summary>One kept trace in a list.</summary>
/// <param name="Weight">How many traces like it this one stands for.</param>
public sealed record TraceSummary(
    string TraceId,
    DateTimeOffset Start,
    TimeSpan Duration,
    string RootService,
    string RootOperation,
    IReadOnlyList<string> Services,
    IReadOnlyList<string> Versions,
    int SpanCount,
    int ErrorCount,
    double AnomalyScore,
    string SuspectedService,
    double SamplingProbability,
    string SamplingReason,
    double Weight);

/// <summary>Traces within one step of time and one band of duration.</summary>
/// <param name="LowerMillis">Of the band; its upper bound is the lower one times the square root of two.</param>
/// <param name="Kept">Traces that are stored.</param>
/// <param name="Estimated">Traces they stand for.</param>
/// <param name="Errors">Stored traces with an error.</param>
public sealed record HeatmapCell(DateTimeOffset Time, double LowerMillis, long Kept, double Estimated, long Errors);
