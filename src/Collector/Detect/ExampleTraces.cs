using MeshInsight.Anomaly.Sampling;
using MeshInsight.Collector.Sample;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.Collector.Detect;

/// <summary>The latest kept trace that shows each failing or slow service, version and instance. Not thread-safe.</summary>
internal sealed class ExampleTraces
{
    private const int MaxSubjects = 10_000;
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(60);

    private readonly Dictionary<(SignalKind Signal, Subject Subject), (string TraceId, long UnixNano)> _latest = [];

    public void Note(SampledTrace trace)
    {
        if (_latest.Count > MaxSubjects)
        {
            _latest.Clear();
        }

        string id = trace.TraceId.ToString();
        foreach (var member in trace.Failing)
        {
            Put(SignalKind.Errors, new(SubjectScope.Service, member.Service), id, trace);
            Put(SignalKind.Errors, new(SubjectScope.Version, member.Service, member.Version), id, trace);
            Put(SignalKind.Errors, new(SubjectScope.Instance, member.Service, member.Version, member.Instance), id, trace);
        }

        if (trace.Decision.Reason == SamplingReason.Slow)
        {
            foreach (string service in trace.Services)
            {
                Put(SignalKind.Latency, new(SubjectScope.Service, service), id, trace);
            }
        }
    }

    /// <returns>Empty when none was kept lately.</returns>
    public string Find(SignalKind signal, Subject subject, long nowUnixNanos)
    {
        var places = subject.Scope == SubjectScope.Edge
            ? [new Subject(SubjectScope.Service, subject.Peer), new(SubjectScope.Service, subject.Service)]
            : signal == SignalKind.Latency ? new[] { new Subject(SubjectScope.Service, subject.Service) } : [subject];
        foreach (var place in places)
        {
            if (_latest.TryGetValue((signal, place), out var found) && nowUnixNanos - found.UnixNano < s_fresh.Ticks * 100)
            {
                return found.TraceId;
            }
        }

        return "";
    }

    private void Put(SignalKind signal, Subject subject, string id, SampledTrace trace) => _latest[(signal, subject)] = (id, trace.StartUnixNano);
}
