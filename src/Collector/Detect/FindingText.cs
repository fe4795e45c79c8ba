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
            SignalKind.Errors => $"{name}: {now}{Readable.Percent(detection.Observed)} of requests fail, usually {Readable.Percent(detection.Expected)}; {when}.",
            SignalKind.Latency => $"{name}: {now}half of the requests take longer than {Readable.Millis(detection.Observed)}, usually 95 % take less than {Readable.Millis(detection.Expected)}; {when}.",
            _ => $"{name}: {now}{Readable.Number(detection.Observed)} requests a second, usually {Readable.Number(detection.Expected)}; {when}.",
        };
    }

    private static string Word(SignalKind signal) => signal switch
    {
        SignalKind.Errors => "errors",
        SignalKind.Latency => "latency",
        _ => "traffic",
    };
}
