namespace MeshInsight.LoadGenerator;

/// <summary>One line of output. Counts are of one second, or of the whole run; causes always of the whole run.</summary>
/// <param name="Kind">"second", and "total" for the last line.</param>
/// <param name="P50Millis">Over the requests that ended in this second, whatever their outcome.</param>
internal sealed record LoadReport(
    string Kind,
    long UnixMillis,
    long Sent,
    long Ok,
    long FailedByApp,
    long FailedByMesh,
    long NotSent,
    long InFlight,
    double P50Millis,
    double P99Millis,
    IReadOnlyDictionary<string, long> Causes);
