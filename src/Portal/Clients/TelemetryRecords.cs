using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Portal.Clients;

/// <summary>From (inclusive) to (exclusive), cut into steps.</summary>
public readonly record struct TimeWindow(DateTimeOffset From, DateTimeOffset To, TimeSpan Step)
{
    public TimeSpan Length => To - From;

    public int Steps => Math.Max(1, (int)Math.Round(Length / Step));

    /// <summary>The last <paramref name="length"/> before <paramref name="now"/>, its ends on whole steps so that a refresh does not shift every bar.</summary>
    public static TimeWindow Last(TimeSpan length, TimeSpan step, DateTimeOffset now)
    {
        long end = now.UtcTicks / step.Ticks * step.Ticks;
        var to = new DateTimeOffset(end, TimeSpan.Zero);
        return new TimeWindow(to - length, to, step);
    }
}

/// <summary>Requests, failures and durations of one subject over one span of time.</summary>
/// <param name="P50Millis">NaN when there were no requests, as the other durations.</param>
public readonly record struct Red(long Requests, long Errors, double P50Millis, double P95Millis, double P99Millis, double MeanMillis)
{
    public static Red None { get; } = new(0, 0, double.NaN, double.NaN, double.NaN, double.NaN);

    /// <summary>0..1; NaN without requests.</summary>
    public double ErrorShare => Requests == 0 ? double.NaN : (double)Errors / Requests;
}

public readonly record struct RedPoint(DateTimeOffset At, Red Red);

public sealed record VersionRed(string Service, string Version, Red Red);

/// <summary>An instance or an operation of one service.</summary>
public sealed record NamedRed(string Name, Red Red);

public sealed record TopologyNow(IReadOnlyList<VersionRed> Versions, IReadOnlyList<EdgeRed> Edges);

/// <param name="Source">Empty: the caller is outside the mesh.</param>
/// <param name="Client">As the caller's sidecar saw it; no requests when it reported none.</param>
/// <param name="Server">As the callee's sidecar saw it.</param>
public sealed record EdgeRed(string Source, string SourceVersion, string Destination, string DestinationVersion, Red Client, Red Server)
{
    public TimeParts Times { get; init; } = TimeParts.None;
}

/// <param name="MeanMillis">NaN without requests.</param>
public readonly record struct PartMillis(double MeanMillis, double P99Millis);

/// <summary>Where the time of calls went until the response began.</summary>
/// <param name="Requests">Calls that have the split.</param>
public sealed record TimeParts(long Requests, PartMillis ClientProxy, PartMillis Network, PartMillis ServerProxy, PartMillis App)
{
    public static TimeParts None { get; } = new(0, default, default, default, default);
}

public readonly record struct RatePoint(string Service, DateTimeOffset At, long Requests, long Errors);

/// <summary>What to look for; empty texts and nulls do not restrict.</summary>
public sealed record TraceQuery(
    TimeWindow Window,
    string Service = "",
    string Text = "",
    bool OnlyErrors = false,
    double? MinMillis = null,
    double? MaxMillis = null,
    int Limit = 100);

public sealed record TraceSummary(
    string TraceId,
    DateTimeOffset StartedAt,
    double DurationMillis,
    string Service,
    string Operation,
    int Spans,
    int Errors,
    IReadOnlyList<string> Services,
    double AnomalyScore,
    string SuspectedService,
    double SamplingProbability,
    string SamplingReason);

/// <summary>Kept traces that began in one step and lasted as long as one band says; band b reaches from 2^(b/2) ms to 2^((b+1)/2) ms.</summary>
public readonly record struct DurationCell(DateTimeOffset At, int Band, long Traces, long Errors)
{
    public static double LowerMillis(double band) => Math.Pow(2, band / 2);

    public static double BandOf(double millis) => 2 * Math.Log2(millis);
}

/// <param name="Step">Of the cells' times.</param>
public sealed record DurationMap(TimeSpan Step, IReadOnlyList<DurationCell> Cells);

public sealed record TraceSpan(
    string SpanId,
    string ParentId,
    string Service,
    string Version,
    string Instance,
    string Name,
    SpanKind Kind,
    SpanStatus Status,
    string StatusMessage,
    long StartUnixNano,
    long DurationNano,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyDictionary<string, string> Resource)
{
    /// <summary>What its sidecar noted about a request that was to be explained: subject and words.</summary>
    public IReadOnlyList<(string Subject, string Text)> Why { get; init; } = [];

    public long EndUnixNano => StartUnixNano + DurationNano;

    public string Attribute(string key) => Attributes.TryGetValue(key, out string? value) ? value : "";
}

public sealed record TraceLog(string SpanId, DateTimeOffset At, string Severity, string Service, string Body);

/// <param name="IsCut">There were more spans than a page shows; the earliest are here.</param>
public sealed record TraceDetail(string TraceId, IReadOnlyList<TraceSpan> Spans, IReadOnlyList<TraceLog> Logs, bool IsCut);

/// <param name="Traces">Kept.</param>
/// <param name="Represents">How many they stand for: the sum of 1 / probability.</param>
/// <param name="RepresentsError">One standard deviation of that.</param>
public sealed record SamplingShare(string Reason, long Traces, long Spans, double Represents, double RepresentsError, double MeanProbability);

public sealed record StoredTable(string Name, long Rows, long DiskBytes, long RawBytes);

/// <summary>The newest rows the collector has stored; null when there are none yet.</summary>
public sealed record Freshness(DateTimeOffset? NewestRequests, DateTimeOffset? NewestTrace);
