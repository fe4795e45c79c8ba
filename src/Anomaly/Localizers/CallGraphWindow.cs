namespace MeshInsight.Anomaly.Localizers;

/// <summary>Requests that one instance answered over the window.</summary>
/// <param name="BaselineErrorShare">0..1; NaN while unknown.</param>
/// <param name="BaselineP95Millis">NaN while unknown.</param>
public sealed record NodeStats(
    string Service,
    string Version,
    string Instance,
    long Requests,
    long Errors,
    double P95Millis,
    double BaselineErrorShare,
    double BaselineP95Millis);

/// <summary>Calls as the callers saw them over the window.</summary>
/// <param name="SourceErrorsExplained">Failed requests of the source that had a failed call on this edge.</param>
public sealed record EdgeStats(
    string Source,
    string SourceVersion,
    string Destination,
    string DestinationVersion,
    string DestinationInstance,
    long Requests,
    long Errors,
    double P95Millis,
    double BaselineErrorShare,
    double BaselineP95Millis,
    long SourceErrorsExplained);

/// <summary>Everything seen over the last seconds (10 or so).</summary>
public sealed record CallGraphWindow(IReadOnlyList<NodeStats> Nodes, IReadOnlyList<EdgeStats> Edges);
