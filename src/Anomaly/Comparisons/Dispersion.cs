namespace MeshInsight.Anomaly.Comparisons;

/// <summary>
/// Index of dispersion of an arm's event counts: 1 when requests fail independently, 2b - 1 when they fail in bursts of geometric size
/// with mean b. Estimated from differences between neighbouring blocks (von Neumann 1941), so that a lasting change of the rate, which
/// is what we look for, counts once and does not pass for burstiness.
/// </summary>
/// <param name="scales">Block lengths in seconds; the largest estimate counts, so bursts as long as the longest block are seen.</param>
internal sealed class Dispersion(params int[] scales)
{
    // A stall of the machine is a burst like no other; it must not blind the test for longer than a minute or two.
    private const double HalfLifeSeconds = 30;

    // One pair of blocks that agrees with independence; keeps the first estimate finite without hiding a burst.
    private const double PriorWeight = 0.5;

    private readonly Scale[] _scales = [.. scales.Select(s => new Scale(s))];

    /// <summary>At least 1.</summary>
    public double Index => _scales.Max(s => s.Index);

    public void Add(long requests, long events)
    {
        foreach (var scale in _scales)
        {
            scale.Add(requests, events);
        }
    }

    public IReadOnlyList<double> State => [.. _scales.SelectMany(s => new[] { s.Observed, s.Expected })];

    public void Restore(IReadOnlyList<double> state)
    {
        for (int i = 0; i < _scales.Length && (2 * i) + 1 < state.Count; i++)
        {
            _scales[i].Observed = state[2 * i];
            _scales[i].Expected = state[(2 * i) + 1];
        }
    }

    private sealed class Scale(int seconds)
    {
        private readonly double _fade = Math.Pow(0.5, seconds / HalfLifeSeconds);
        private long _requests;
        private long _events;
        private int _filled;
        private double _lastRequests;
        private double _lastShare;

        public double Observed { get; set; }

        public double Expected { get; set; }

        public double Index => Math.Max(1, (Observed + PriorWeight) / (Expected + PriorWeight));

        public void Add(long requests, long events)
        {
            _requests += requests;
            _events += events;
            if (++_filled < seconds)
            {
                return;
            }

            if (_requests > 0)
            {
                Compare(_requests, (double)_events / _requests);
            }

            Observed *= _fade;
            Expected *= _fade;
            _requests = _events = _filled = 0;
        }

        private void Compare(double requests, double share)
        {
            if (_lastRequests > 0)
            {
                double pooled = ((share * requests) + (_lastShare * _lastRequests)) / (requests + _lastRequests);
                double variance = pooled * (1 - pooled) * ((1 / requests) + (1 / _lastRequests));

                // In units of events, so that busy seconds weigh as much as they hold.
                double weight = requests * _lastRequests / (requests + _lastRequests);
                Observed += (share - _lastShare) * (share - _lastShare) * weight;
                Expected += variance * weight;
            }

            _lastRequests = requests;
            _lastShare = share;
        }
    }
}
