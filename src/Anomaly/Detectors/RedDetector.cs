using MeshInsight.Anomaly.Baselines;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Anomaly.Detectors;

/// <summary>
/// Watches one subject (service, version, instance or edge) second by second against its own baseline. Not thread-safe.
/// </summary>
/// <remarks>
/// Errors: Poisson tail of the window's failures under the baseline's share. Latency: the median of most seconds in the window above the
/// baseline's p95 by a factor and a distance, so that one slow second (a collection, a neighbour) is no alarm. O(1) per second.
/// </remarks>
public sealed class RedDetector
{
    /// <summary>Failures that a baseline of none still allows for: one in 500.</summary>
    private const double LeastErrorShare = 0.002;

    private readonly RedDetectorOptions _options;
    private readonly RedBaseline _baseline;
    private readonly Queue<RedSecond> _window = new();
    private readonly QuietWindow _quiet;
    private readonly List<Departure> _departures;

    public RedDetector(RedDetectorOptions options)
    {
        _options = options;
        _baseline = new(options.BaselineHalfLifeSeconds, options.WindowSeconds);
        _quiet = new(options);
        _departures = [new(SignalKind.Errors, options), new(SignalKind.Latency, options)];
    }

    /// <summary>0..1; NaN while unknown.</summary>
    public double BaselineErrorShare => _baseline.ErrorShare;

    /// <summary>NaN while unknown.</summary>
    public double BaselineP95Millis => _baseline.P95Millis;

    public IReadOnlyCollection<Detection> Active => [.. _departures.Where(d => d.Current is not null).Select(d => d.Current!)];

    /// <summary>Adds one closed second; call it in order, for seconds without traffic too.</summary>
    /// <param name="latency">Durations of the requests; read only, not kept.</param>
    /// <returns>Departures that began, changed or ended in this second.</returns>
    public IReadOnlyList<Detection> Add(long unixSeconds, long requests, long errors, LatencySketch latency)
    {
        _window.Enqueue(new(unixSeconds, requests, errors, latency.QuantileMicros(0.5) / 1000));
        while (_window.Count > _options.WindowSeconds)
        {
            _window.Dequeue();
        }

        _quiet.Add(unixSeconds, requests, errors, double.IsNaN(_baseline.P95Millis) ? 0 : (long)latency.CountAbove(LatencySketch.BucketOf((long)(SlowBoundMillis * 1e6))));
        var found = new List<Detection>();
        if (_baseline.Seconds >= _options.WarmUpSeconds && _baseline.Requests >= _options.WarmUpRequests)
        {
            // An instance that its callers avoid answers a request now and then: the short window would never hold enough of them.
            bool isQuiet = _window.Sum(s => s.Requests) < _options.MinimumRequests;
            Judge(_departures[0], isQuiet ? _quiet.Errors(LeastErrorShare, _baseline.ErrorShare) : ErrorSign(), unixSeconds, requests, found);
            Judge(_departures[1], isQuiet ? _quiet.Latency(_window.Last().MedianMillis, _baseline.P95Millis, SlowBoundMillis) : LatencySign(), unixSeconds, requests, found);
        }

        if (_departures.Exists(d => d.Current is not null))
        {
            _baseline.Forget();
        }
        else
        {
            _baseline.Add(requests, errors, latency);
        }

        return found;
    }

    private double SlowBoundMillis => Math.Max(_baseline.P95Millis * _options.SlowFactor, _baseline.P95Millis + _options.SlowMillis);

    private static void Judge(Departure departure, Sign sign, long second, long requests, List<Detection> found)
    {
        if (departure.Next(sign, second, requests) is { } change)
        {
            found.Add(change);
        }
    }

    private Sign ErrorSign()
    {
        long requests = _window.Sum(s => s.Requests);
        long errors = _window.Sum(s => s.Errors);
        double usual = Math.Max(LeastErrorShare, _baseline.ErrorShare);
        double share = requests == 0 ? 0 : (double)errors / requests;
        bool enough = requests >= _options.MinimumRequests && errors >= _options.MinimumErrors;
        double tail = enough && share >= _baseline.ErrorShare + _options.MinimumErrorShare ? PoissonTail.AtLeast(errors, requests * usual) : 1;
        long since = _window.Where(s => s.Errors > s.Requests * usual).Select(s => s.Second).FirstOrDefault(_window.Last().Second);
        var last = _window.Last();
        bool usualNow = last.Errors <= Math.Max(1, last.Requests * Math.Max(2 * usual, _options.MinimumErrorShare));
        return new(tail, since, share, _baseline.ErrorShare, usualNow);
    }

    private Sign LatencySign()
    {
        double bound = SlowBoundMillis;
        var busy = _window.Where(s => s.Requests >= 2).ToList();
        var slow = busy.Where(s => s.MedianMillis > bound).ToList();
        bool isSlow = slow.Count >= _options.WindowSeconds - 1 && busy.Sum(s => s.Requests) >= _options.MinimumRequests;

        // Half of a second's requests above the p95 has probability at most 2^(requests/2); the window multiplies them. The bound is
        // taken as the alarm probability at least, because neighbouring requests share their luck.
        double tail = isSlow ? Math.Min(_options.AlarmProbability, Math.Pow(0.2, slow.Sum(s => s.Requests) / 2.0)) : 1;
        var last = _window.Last();
        return new(
            tail,
            slow.Count > 0 ? slow[0].Second : last.Second,
            slow.Count > 0 ? slow.Average(s => s.MedianMillis) : last.MedianMillis,
            _baseline.P95Millis,
            !(last.MedianMillis > bound));
    }

    private readonly record struct RedSecond(long Second, long Requests, long Errors, double MedianMillis);
}
