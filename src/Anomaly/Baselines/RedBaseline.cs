using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Anomaly.Baselines;

/// <summary>
/// What a subject usually does: error share and latency, fading with a half-life. A second enters only after <paramref name="guardSeconds"/>
/// and only when nothing was wrong in between, so that a fault that creeps in does not become the norm it is measured by.
/// </summary>
internal sealed class RedBaseline(double halfLifeSeconds, int guardSeconds)
{
    // Latency fades in two halves that take turns: a sketch holds whole counts and cannot be multiplied.
    private readonly Queue<(long Requests, long Errors, LatencySketch Latency)> _waiting = new();
    private readonly double _fade = Math.Pow(0.5, 1 / halfLifeSeconds);
    private LatencySketch _older = new();
    private LatencySketch _newer = new();
    private int _newerSeconds;

    public double Requests { get; private set; }

    public double Errors { get; private set; }

    public int Seconds { get; private set; }

    /// <summary>0..1; NaN without any request.</summary>
    public double ErrorShare => Requests > 0 ? Errors / Requests : double.NaN;

    /// <summary>NaN without any request.</summary>
    public double P95Millis { get; private set; } = double.NaN;

    public void Add(long requests, long errors, LatencySketch latency)
    {
        var kept = new LatencySketch();
        kept.Merge(latency);
        _waiting.Enqueue((requests, errors, kept));
        while (_waiting.Count > guardSeconds)
        {
            var (r, e, l) = _waiting.Dequeue();
            Learn(r, e, l);
        }
    }

    /// <summary>Something is wrong: what has not been learnt yet never will be.</summary>
    public void Forget() => _waiting.Clear();

    private void Learn(long requests, long errors, LatencySketch latency)
    {
        Requests = (Requests * _fade) + requests;
        Errors = (Errors * _fade) + errors;
        if (requests == 0)
        {
            return;
        }

        Seconds++;
        _newer.Merge(latency);
        if (++_newerSeconds >= halfLifeSeconds)
        {
            (_older, _newer) = (_newer, new());
            _newerSeconds = 0;
        }

        P95Millis = Both().QuantileMicros(0.95) / 1000;
    }

    private LatencySketch Both()
    {
        if (_older.Count == 0)
        {
            return _newer;
        }

        var both = new LatencySketch();
        both.Merge(_older);
        both.Merge(_newer);
        return both;
    }
}
