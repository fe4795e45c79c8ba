namespace MeshInsight.Storage.Queries;

public sealed record TraceSpanEvent(long TimeUnixNano, string Name, IReadOnlyList<KeyValuePair<string, string>> Attributes);

public sealed record TraceSpanLink(string TraceId, string SpanId, IReadOnlyList<KeyValuePair<string, string>> Attributes);

/// <summary>One stored span with all it has. Words as the OpenTelemetry exporter stores them.</summary>
/// <param name="ParentSpanId">Empty for a root.</param>
/// <param name="Kind"><c>Server</c>, <c>Client</c>, <c>Internal</c>, <c>Producer</c>, <c>Consumer</c> or <c>Unspecified</c>.</param>
/// <param name="Status"><c>Unset</c>, <c>Ok</c> or <c>Error</c>.</param>
public sealed record TraceSpan(
    string TraceId,
    string SpanId,
    string ParentSpanId,
    string TraceState,
    string Name,
    string Kind,
    string Service,
    IReadOnlyList<KeyValuePair<string, string>> Resource,
    string Scope,
    IReadOnlyList<KeyValuePair<string, string>> Attributes,
    long StartUnixNano,
    long DurationNano,
    string Status,
    string StatusMessage,
    IReadOnlyList<TraceSpanEvent> Events,
    IReadOnlyList<TraceSpanLink> Links,
    double AnomalyScore,
    string SuspectedService,
    double SamplingProbability,
    string SamplingReason)
{
    public bool IsError => Status == "Error";

    public long EndUnixNano => StartUnixNano + DurationNano;

    public string Version => ResourceValue("service.version");

    public string Instance => ResourceValue("service.instance.id");

    /// <summary>Value of an attribute of the span; empty when absent.</summary>
    public string Attribute(string key) => Attributes.FirstOrDefault(pair => pair.Key == key).Value ?? "";

    private string ResourceValue(string key) => Resource.FirstOrDefault(pair => pair.Key == key).Value ?? "";
}
