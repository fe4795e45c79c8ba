using System.Globalization;
using MeshInsight.Anomaly.Detectors;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.Collector.Detect;

/// <summary>Findings in plain words.</summary>
internal static class FindingText
{
    /// <summary>The same for every report of one condition.</summary>
    public static string Id(Subject subject, Detection detection)
    {
        var parts = new[] { subject.Service, subject.Version, subject.Instance, subject.Peer }.Where(part => part.Length > 0);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Word(detection.Signal)}:{subject.Scope}:{string.Join('/', parts)}@{detection.SinceUnixSeconds}").ToLowerInvariant();
    }

    public static string Summary(Subject subject, Detection detection, DateTimeOffset at)
    {
        var since = DateTimeOffset.FromUnixTimeSeconds(detection.SinceUnixSeconds);
        string when = detection.IsActive
            ? string.Create(CultureInfo.InvariantCulture, $"since {since:HH:mm:ss} UTC")
            : string.Create(CultureInfo.InvariantCulture, $"over at {at:HH:mm:ss} UTC, began {since:HH:mm:ss} UTC");
        string name = subject.Scope == SubjectScope.Edge ? $"Calls {subject}" : subject.ToString();
        string now = detection.IsActive ? "" : "now ";
        return detection.Signal switch
        {
            SignalKind.Errors => string.Create(
                CultureInfo.InvariantCulture, $"{name}: {now}{detection.Observed:0.##%} of requests fail, usually {Share(detection.Expected)}; {when}."),
            SignalKind.Latency => string.Create(
                CultureInfo.InvariantCulture, $"{name}: {now}half of the requests take longer than {detection.Observed:0.#} ms, usually 95% take less than {detection.Expected:0.#} ms; {when}."),
            _ => string.Create(CultureInfo.InvariantCulture, $"{name}: {now}{detection.Observed:0.#} requests a second, usually {detection.Expected:0.#}; {when}."),
        };
    }

    private static string Share(double share) => double.IsNaN(share) ? "unknown" : share.ToString("0.##%", CultureInfo.InvariantCulture);

    private static string Word(SignalKind signal) => signal switch
    {
        SignalKind.Errors => "errors",
        SignalKind.Latency => "latency",
        _ => "traffic",
    };
}
