namespace MeshInsight.Anomaly.Sampling;

public sealed record PathSamplerOptions
{
    /// <summary>Traces a second that ordinary traffic should yield, over all paths; errors and slow traces come on top.</summary>
    public double TargetTracesPerSecond { get; init; } = 10;

    /// <summary>Slow traces a second that are kept whole; when more are slow, all of them are kept with a probability.</summary>
    public double SlowTracesPerSecond { get; init; } = 50;

    /// <summary>Traces of a path kept whole before it is known.</summary>
    public int NewPathTraces { get; init; } = 20;

    /// <summary>Paths remembered; while so many are active, further ones are judged together as one.</summary>
    public int MaxPaths { get; init; } = 10_000;

    /// <summary>Half-life of rates, seconds.</summary>
    public double HalfLifeSeconds { get; init; } = 30;
}

public enum SamplingReason
{
    Error,
    Slow,
    NewPath,
    RarePath,
    Probabilistic,

    /// <summary>Somebody asked why.</summary>
    Asked,

    /// <summary>An attribute has a value never seen.</summary>
    Novel,

    /// <summary>The sampler had no time to look.</summary>
    Relief,
}

/// <param name="Probability">0..1, independent of the trace id, so that weights 1 / p are unbiased.</param>
/// <param name="AnomalyScore">0 (usual) to 1.</param>
/// <param name="SuspectedService">Hash of the service that slowness or a failure points to; 0 for none.</param>
public readonly record struct SamplingVerdict(double Probability, double AnomalyScore, SamplingReason Reason, ulong SuspectedService = 0);

/// <summary>
/// Gives every finished trace a probability from what is known of its path: errors 1, far slower than the path usually is 1, new paths 1,
/// the rest so that all paths together yield the target and rare paths get the larger share (square root of their rate). Not thread-safe.
/// </summary>
public sealed class PathSampler(PathSamplerOptions options)
{
    /// <summary>Traces a second under which a path is forgotten: 10 half-lives after the last of a few.</summary>
    private const double ForgottenRate = 1e-4;

    private readonly Dictionary<ulong, PathModel> _paths = [];
    private readonly PathModel _others = new(options.HalfLifeSeconds);
    private readonly FadingRate _slow = new(options.HalfLifeSeconds);
    private double _rootSum;
    private long _summedAt = long.MinValue;

    public int KnownPaths => _paths.Count;

    /// <param name="pathKey">Hash of what makes two traces alike: root operation and the services called.</param>
    /// <param name="nowUnixNanos">Does not go back by more than seconds.</param>
    public SamplingVerdict Judge(ulong pathKey, long durationNanos, bool hasError, long nowUnixNanos)
    {
        var path = Path(pathKey);
        double score = path.Score(durationNanos);
        bool isNew = path.Traces < options.NewPathTraces;
        path.Add(durationNanos, hasError, nowUnixNanos);
        if (hasError)
        {
            return new(1, Math.Max(score, 0.9), SamplingReason.Error);
        }

        if (isNew)
        {
            return new(1, score, SamplingReason.NewPath);
        }

        if (score >= PathModel.SlowScore)
        {
            _slow.Add(nowUnixNanos);
            return new(Math.Min(1, options.SlowTracesPerSecond / Math.Max(1e-9, _slow.PerSecond(nowUnixNanos))), score, SamplingReason.Slow);
        }

        double rate = path.Rate.PerSecond(nowUnixNanos);
        double share = options.TargetTracesPerSecond * Math.Sqrt(rate) / Math.Max(RootSum(nowUnixNanos), 1e-9);
        double probability = Math.Clamp(share / Math.Max(rate, 1e-9), ConsistentSampling.LeastProbability, 1);

        // A trace that is merely unusual gets a larger share; the score knows nothing of the trace id.
        probability = Math.Min(1, probability * (1 + (4 * score)));
        return new(probability, score, probability >= 1 ? SamplingReason.RarePath : SamplingReason.Probabilistic);
    }

    private PathModel Path(ulong key)
    {
        if (_paths.TryGetValue(key, out var known))
        {
            return known;
        }

        // A peer that makes up paths must not cost memory or time.
        return _paths.Count >= options.MaxPaths ? _others : _paths[key] = new(options.HalfLifeSeconds);
    }

    /// <summary>Sum of the square roots of all rates, once a second: it changes slowly and the sum is over all paths.</summary>
    private double RootSum(long now)
    {
        if (_summedAt == long.MinValue || now - _summedAt >= 1_000_000_000)
        {
            _summedAt = now;
            _rootSum = 0;
            foreach (var (key, path) in _paths)
            {
                double rate = path.Rate.PerSecond(now);
                _rootSum += Math.Sqrt(rate);
                if (rate < ForgottenRate)
                {
                    _paths.Remove(key);
                }
            }
        }

        return _rootSum;
    }
}
