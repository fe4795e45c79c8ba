namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Learns online what traces usually look like and says what is unusual about the next one: structure, time per operation and service, failures, attributes.
/// Bounded; O(1) per span; allocates only for what it has not seen before. Not thread-safe.
/// </summary>
internal sealed class TraceModel(int capacity)
{
    /// <summary>Less than this beyond the usual is never called slow.</summary>
    private const double LeastExcessSeconds = 0.001;

    /// <summary>Excess beyond which a service explains a trace no better.</summary>
    private const double MostExcessSeconds = 1;

    /// <summary>What a service that is as slow as ever counts for, so that a single slow trace is seen, too.</summary>
    private const double LeastLift = 0.05;

    private const double FailureScore = 0.9;

    // 1 - 0.2^(spreads / 1.8): 0.8 at three standard deviations of the logarithm, of which median to 95th percentile are 1.645.
    private const double ScoreBase = 0.2;
    private const double ScoreSpreads = 1.8;
    private const double LeastSpread = 0.25;

    private readonly RecentTable<EdgeModel> _edges = new(capacity);
    private readonly RecentTable<ServiceModel> _services = new(capacity);
    private readonly RecentTable<PathTypeModel> _paths = new(capacity);
    private readonly NoveltyModel _novelty = new(capacity);
    private readonly List<ServiceModel> _touched = [];
    private SpanNote[] _notes = new SpanNote[64];
    private TraceCount _counted;
    private long _trace;

    public int KnownEdges => _edges.Count;

    public int KnownPaths => _paths.Count;

    public TraceEvidence Look(in TraceView trace, long nowUnixNanos)
    {
        _trace++;
        var spans = trace.Spans;
        Relate(spans);
        _touched.Clear();
        var evidence = default(TraceEvidence);
        double earlier = _counted.Value(_trace);
        _counted.Add(_trace);
        ulong pathKey = spans[trace.Root].Operation;
        double rarestEdge = earlier;
        double failure = 0;
        for (int i = 0; i < spans.Length; i++)
        {
            ref readonly var span = ref spans[i];
            ref var note = ref _notes[i];
            ulong caller = span.Parent >= 0 && span.Parent < spans.Length ? spans[span.Parent].Service : 0;
            ulong key = Hashing.Mix(span.Operation + Hashing.Mix(caller));
            var edge = note.Edge = _edges.Get(key);
            if (edge.CountedIn != _trace)
            {
                edge.CountedIn = _trace;
                pathKey += Hashing.Mix(key);
                rarestEdge = Math.Min(rarestEdge, edge.Traces.Value(_trace));
                edge.Traces.Add(_trace);
            }

            // A call that another service answered: the time around the answer is the network's and the callee's, so the callee is asked for it.
            bool isCall = note.AnsweredBy >= 0 && !note.HasLocalChild;
            var service = Touch(isCall ? spans[note.AnsweredBy].Service : span.Service);
            if (edge.SelfTime.IsKnown && !span.Failed)
            {
                service.ExcessSeconds += Math.Max(0, span.SelfNanos - edge.SelfTime.HighNanos) / 1e9;
            }

            if (span.Failed && !note.HasFailedChild)
            {
                double surprise = edge.FailureSurprise;
                if (surprise > failure)
                {
                    failure = surprise;
                    evidence.Suspect = service;
                }
            }
        }

        Blame(ref evidence, failure > 0, nowUnixNanos);
        Path(ref evidence, trace, pathKey, rarestEdge, earlier, nowUnixNanos);
        evidence.HasFailure = failure > 0;
        evidence.AnomalyScore = failure > 0 ? Math.Max(FailureScore, evidence.AnomalyScore) : evidence.AnomalyScore;
        evidence.Strength[(int)SamplingView.Failure] = failure;
        evidence.Strength[(int)SamplingView.Novelty] = _novelty.Surprise(trace.Tags);
        for (int i = 0; i < spans.Length; i++)
        {
            _notes[i].Edge.Learn(spans[i], nowUnixNanos);
        }

        return evidence;
    }

    private void Relate(ReadOnlySpan<SampledSpan> spans)
    {
        if (_notes.Length < spans.Length)
        {
            _notes = new SpanNote[spans.Length * 2];
        }

        for (int i = 0; i < spans.Length; i++)
        {
            _notes[i] = new() { AnsweredBy = -1 };
        }

        for (int i = 0; i < spans.Length; i++)
        {
            int parent = spans[i].Parent;
            if (parent >= 0 && parent < spans.Length && parent != i)
            {
                ref var note = ref _notes[parent];
                note.HasFailedChild |= spans[i].Failed;
                if (spans[i].Service == spans[parent].Service)
                {
                    note.HasLocalChild = true;
                }
                else if (note.AnsweredBy < 0)
                {
                    note.AnsweredBy = i;
                }
            }
        }
    }

    private ServiceModel Touch(ulong key)
    {
        var service = _services.Get(key);
        if (service.CountedIn != _trace)
        {
            service.Key = key;
            service.CountedIn = _trace;
            service.ExcessSeconds = 0;
            _touched.Add(service);
        }

        return service;
    }

    // A service explains a slow trace the better, the larger its part of all excess, the longer the excess, and the more often it is slow now.
    private void Blame(ref TraceEvidence evidence, bool hasSuspect, long now)
    {
        double total = 0;
        foreach (var service in _touched)
        {
            total += Math.Min(MostExcessSeconds, service.ExcessSeconds);
        }

        foreach (var service in _touched)
        {
            double excess = service.ExcessSeconds;
            bool isSlow = excess > LeastExcessSeconds;
            double lift = Math.Log(1 + LeastLift + service.Lift(isSlow, now));
            if (!isSlow)
            {
                continue;
            }

            double capped = Math.Min(MostExcessSeconds, excess);
            double concentrated = lift * capped * capped / total;
            if (concentrated > evidence.Strength[(int)SamplingView.Concentrated])
            {
                evidence.Strength[(int)SamplingView.Concentrated] = concentrated;
                evidence.Suspect = hasSuspect ? evidence.Suspect : service;
            }

            evidence.Strength[(int)SamplingView.Excess] = Math.Max(evidence.Strength[(int)SamplingView.Excess], lift * excess);
        }
    }

    private void Path(ref TraceEvidence evidence, in TraceView trace, ulong key, double rarestEdge, double earlier, long now)
    {
        var path = evidence.Path = _paths.Get(key);
        evidence.EarlierTraces = path.Traces.Value(_trace);
        path.Count(_trace, now);
        evidence.Strength[(int)SamplingView.Rarity] = Math.Max(0, Math.Log((earlier + 1) / (evidence.EarlierTraces + 0.5)) + Math.Log((earlier + 1) / (rarestEdge + 0.5)));
        if (path.Duration.IsKnown)
        {
            double spreads = Math.Max(0, path.Duration.Spreads(trace.DurationNanos, LeastSpread));
            evidence.Strength[(int)SamplingView.Duration] = spreads;
            evidence.AnomalyScore = 1 - Math.Pow(ScoreBase, spreads / ScoreSpreads);
        }

        path.Duration.Learn(trace.DurationNanos, now);
    }

    private struct SpanNote
    {
        public EdgeModel Edge;
        public int AnsweredBy;
        public bool HasLocalChild;
        public bool HasFailedChild;
    }
}
