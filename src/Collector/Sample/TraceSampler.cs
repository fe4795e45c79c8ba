using System.Text;
using MeshInsight.Anomaly.Sampling;
using MeshInsight.Collector.Assemble;
using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Sample;

/// <summary>
/// Marks a whole trace keep or drop. The model of its path gives a probability p that knows nothing of the trace id; p becomes the threshold T and the
/// trace is kept when its R is at least T, so that 1 / p weighs it without bias. Not thread-safe; the pipeline's thread.
/// </summary>
internal sealed class TraceSampler(SampleOptions options, CollectorMeters meters)
{
    private const int NamesPerTrace = 64;
    private const int FailingPerTrace = 8;

    private readonly PathSampler _paths = new(options.Paths);
    private readonly DecisionCache _decisions = new(options.RememberedTraces);
    private readonly TraceTree _tree = new();
    private readonly SuspectFinder _suspects = new();
    private readonly HashSet<ulong> _pathParts = [];
    private readonly MeterCell _spansDropped = meters[MeterTable.SpansDropped];
    private readonly MeterCell[] _kept = [.. Enum.GetNames<SamplingReason>().Select(reason => meters[MeterTable.Kept, reason])];
    private readonly MeterCell[] _dropped = [.. Enum.GetNames<SamplingReason>().Select(reason => meters[MeterTable.Dropped, reason])];

    /// <summary>What was decided for a trace whose span comes late.</summary>
    public bool TryGetDecision(TraceId traceId, out SampleDecision decision) => _decisions.TryGet(traceId, out decision);

    /// <returns>Null when the trace is dropped.</returns>
    public SampledTrace? Decide(PendingTrace trace, long nowUnixNanos)
    {
        var shape = TraceShape.Of(trace);
        var verdict = _paths.Judge(PathKey(trace, shape), shape.DurationNanos, shape.Errors > 0, nowUnixNanos);
        if (IsAsked(trace))
        {
            // Whoever asks why does so before the request runs: it knows nothing of the trace either, so the weight of 1 stays true.
            verdict = verdict with { Probability = 1, Reason = verdict.Reason == SamplingReason.Error ? SamplingReason.Error : SamplingReason.Asked };
        }

        ulong threshold = ConsistentSampling.Threshold(verdict.Probability);
        ulong randomness = Randomness(trace);
        bool keep = ConsistentSampling.Keep(randomness, threshold);
        string suspect = keep ? Explain(trace, verdict) : "";
        var decision = new SampleDecision(keep, threshold, randomness, (float)verdict.AnomalyScore, verdict.Reason, suspect);
        _decisions.Add(trace.TraceId, decision);
        (keep ? _kept : _dropped)[(int)verdict.Reason].Add(1);
        if (keep)
        {
            return Summarize(trace, shape, decision);
        }

        _spansDropped.Add(trace.Count);
        return null;
    }

    private static bool IsAsked(PendingTrace trace)
    {
        foreach (var place in trace.Spans)
        {
            if (place.Batch.Keys.IsAsked(place.Span.Batch, place.Row))
            {
                return true;
            }
        }

        return false;
    }

    private static ulong Randomness(PendingTrace trace)
    {
        foreach (var place in trace.Spans)
        {
            var state = place.Span.Batch.TraceStates[place.Row];
            if (!state.IsEmpty && OtTraceState.Read(place.Span.Batch.Text[state]).Randomness is { } random)
            {
                return random;
            }
        }

        return trace.TraceId.Randomness;
    }

    /// <summary>Alike are traces with the same root that touch the same operations, however often (retries, loops over items).</summary>
    private ulong PathKey(PendingTrace trace, in TraceShape shape)
    {
        var root = trace.Spans[shape.Root].Span;
        ulong key = TextHash.Add(TextHash.Add(TextHash.Start, root.ServiceName), root.Name);
        _pathParts.Clear();
        foreach (var place in trace.Spans)
        {
            if (place.Span.Kind is SpanKind.Server or SpanKind.Client or SpanKind.Consumer or SpanKind.Producer)
            {
                ulong part = TextHash.Mix(TextHash.Add(TextHash.Add(TextHash.Start, place.Span.ServiceName), place.Span.Name));
                key += _pathParts.Add(part) ? part : 0;
            }
        }

        return key;
    }

    private string Explain(PendingTrace trace, in SamplingVerdict verdict)
    {
        _tree.Build(trace);
        if (verdict.Reason == SamplingReason.Error)
        {
            return SuspectFinder.ErrorOrigin(trace, _tree);
        }

        if (verdict.AnomalyScore >= options.SuspicionScore)
        {
            return _suspects.SlowestBeyondUsual(trace, _tree);
        }

        _suspects.Learn(trace, _tree);
        return "";
    }

    private SampledTrace Summarize(PendingTrace trace, in TraceShape shape, in SampleDecision decision)
    {
        var services = new HashSet<string>();
        var versions = new HashSet<(string Service, string Version)>();
        var operations = new HashSet<(string Service, string Operation)>();
        var failing = new List<TraceMember>();
        for (int i = 0; i < trace.Count; i++)
        {
            var span = trace.Spans[i].Span;
            string service = Encoding.UTF8.GetString(span.ServiceName);
            string version = Encoding.UTF8.GetString(span.ServiceVersion);
            AddSome(services, service);
            AddSome(versions, (service, version));
            if (span.Kind is SpanKind.Server or SpanKind.Consumer)
            {
                AddSome(operations, (service, Encoding.UTF8.GetString(span.Name)));
                if (_tree.Failed(i) && failing.Count < FailingPerTrace)
                {
                    failing.Add(new(service, version, Encoding.UTF8.GetString(span.ServiceInstance)));
                }
            }
        }

        var place = trace.Spans[shape.Root];
        var root = place.Span;
        var incoming = OtTraceState.Read(root.Batch.Text[root.Batch.TraceStates[place.Row]]);
        return new(
            trace.TraceId,
            decision,
            decision.ThresholdOf(incoming) is { } threshold ? ConsistentSampling.Probability(threshold) : 1,
            Encoding.UTF8.GetString(root.ServiceName),
            Encoding.UTF8.GetString(root.Name),
            shape.StartUnixNano,
            shape.ExtentNanos,
            trace.Count,
            shape.Errors,
            services,
            versions,
            operations,
            failing);
    }

    private static void AddSome<T>(HashSet<T> set, T item)
    {
        if (set.Count < NamesPerTrace)
        {
            set.Add(item);
        }
    }
}
