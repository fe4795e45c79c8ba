using MeshInsight.Anomaly.Detectors;
using MeshInsight.Anomaly.Localizers;
using MeshInsight.Collector.Meters;
using MeshInsight.Collector.Sample;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.Collector.Detect;

/// <summary>
/// Closed seconds → findings. Each finding is reported when it begins, when there is news (another cause, an example trace, far more confidence), every few
/// seconds while it lasts, and when it ends. Not thread-safe; the pipeline's thread.
/// </summary>
internal sealed class FindingDetector
{
    private const double NotableConfidence = 0.05;

    private readonly DetectOptions _options;
    private readonly SubjectTable _subjects;
    private readonly RecentGraph _graph;
    private readonly ExampleTraces _examples = new();
    private readonly MeterCell _active;

    public FindingDetector(DetectOptions options, CollectorMeters meters)
    {
        _options = options;
        _subjects = new(options, meters);
        _graph = new(options.GraphSeconds, _subjects);
        _active = meters[MeterTable.Findings];
    }

    public void Note(SampledTrace trace) => _examples.Note(trace);

    /// <summary>
    /// Takes spans that came after their second had closed, as part of the second that closes next: an app's own exporter may send every 5 s, and its failures
    /// a few seconds late are better than never.
    /// </summary>
    public void CountLate(ClosedWindow straggler)
    {
        _subjects.Count(straggler);
        _graph.Count(straggler);
    }

    /// <summary>Takes one closed second, in order.</summary>
    /// <returns>Findings to report.</returns>
    public IReadOnlyList<Finding> Close(ClosedWindow window, DateTimeOffset now)
    {
        _subjects.Count(window);
        _graph.Count(window);
        _graph.Close();
        var news = new List<Finding>();
        CallGraphWindow? graph = null;
        int active = 0;
        foreach (var watch in _subjects.All)
        {
            foreach (var detection in watch.Close(window.UnixSeconds))
            {
                Take(watch, detection);
            }

            foreach (var open in watch.Findings)
            {
                graph ??= _graph.Sum();
                if (Report(watch.Subject, open, graph, now) is { } finding)
                {
                    news.Add(finding);
                }
            }

            watch.Findings.RemoveAll(open => !open.Detection.IsActive);
            active += watch.Findings.Count;
        }

        _active.Set(active);
        _subjects.Forget(window.UnixSeconds);
        return news;
    }

    private static void Take(SubjectWatch watch, Detection detection)
    {
        var open = watch.Findings.Find(f => f.Detection.Signal == detection.Signal);
        if (open is not null)
        {
            open.Detection = detection;
        }
        else if (detection.IsActive)
        {
            watch.Findings.Add(new(FindingText.Id(watch.Subject, detection), detection));
        }
    }

    private Finding? Report(Subject subject, OpenFinding open, CallGraphWindow graph, DateTimeOffset now)
    {
        var detection = open.Detection;
        var last = open.Reported;

        // Once it is over there is no departure left to explain: the last causes and the example stand.
        var causes = detection.IsActive ? CallGraphLocalizer.Rank(graph, subject, detection.Signal) : last?.Causes ?? [];
        causes = causes.Count == 0 ? last?.Causes ?? [] : causes;
        string example = last?.ExampleTraceId ?? "";
        example = example.Length > 0 ? example : _examples.Find(detection.Signal, subject, now.ToUnixTimeMilliseconds() * 1_000_000);
        bool isNews = last is null
            || !detection.IsActive
            || now - last.At >= _options.RepeatEvery
            || TopSubject(causes) != TopSubject(last.Causes)
            || example != last.ExampleTraceId
            || detection.Confidence > last.Confidence + NotableConfidence;
        if (!isNews)
        {
            return null;
        }

        return open.Reported = new(
            open.Id,
            detection.Signal,
            subject,
            detection.IsActive,
            DateTimeOffset.FromUnixTimeSeconds(detection.SinceUnixSeconds),
            now,
            detection.Confidence,
            detection.Observed,
            detection.Expected,
            FindingText.Summary(subject, detection, now),
            causes,
            example);
    }

    private static Subject? TopSubject(IReadOnlyList<SuspectedCause> causes) => causes.Count == 0 ? null : causes[0].Subject;
}
