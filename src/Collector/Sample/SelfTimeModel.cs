namespace MeshInsight.Collector.Sample;

/// <summary>
/// How long the spans of one service and name usually work themselves: a mean that follows drifts of some hundred spans. Bounded; not thread-safe.
/// </summary>
internal sealed class SelfTimeModel(int capacity = 20_000)
{
    private const double LeastWeight = 0.01;
    private readonly Dictionary<ulong, (double MeanNanos, int Spans)> _means = [];

    /// <summary>0 while unknown.</summary>
    public double Expected(ulong key) => _means.TryGetValue(key, out var known) ? known.MeanNanos : 0;

    public void Learn(ulong key, long selfNanos)
    {
        if (_means.TryGetValue(key, out var known))
        {
            double weight = Math.Max(LeastWeight, 1.0 / (known.Spans + 1));
            _means[key] = (known.MeanNanos + (weight * (selfNanos - known.MeanNanos)), known.Spans + 1);
        }
        else
        {
            if (_means.Count >= capacity)
            {
                // A peer that makes up names must not cost memory; the means are learnt again within seconds.
                _means.Clear();
            }

            _means[key] = (selfNanos, 1);
        }
    }
}
