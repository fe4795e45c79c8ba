using MathNet.Numerics.Distributions;

namespace MeshInsight.Anomaly.Detectors;

/// <summary>
/// A longer look at a subject with little traffic. Few requests are enough when nearly all of them are bad: exact tails, no averages.
/// </summary>
internal sealed class QuietWindow(RedDetectorOptions options)
{
    /// <summary>Share of requests that must be slow: one slow request of a few says nothing about the rest.</summary>
    private const double LeastSlowShare = 0.7;

    /// <summary>Usual share of requests above the slow bound; the bound lies above the p95, so this is generous.</summary>
    private const double UsualSlowShare = 0.05;

    private const int LeastErrors = 3;

    private readonly Queue<(long Second, long Requests, long Errors, long Slow)> _seconds = new();

    public void Add(long second, long requests, long errors, long slow)
    {
        _seconds.Enqueue((second, requests, errors, slow));
        while (_seconds.Count > options.QuietWindowSeconds)
        {
            _seconds.Dequeue();
        }
    }

    public Sign Errors(double leastShare, double baselineShare)
    {
        long requests = _seconds.Sum(s => s.Requests);
        long errors = _seconds.Sum(s => s.Errors);
        double usual = Math.Max(leastShare, baselineShare);
        double share = requests == 0 ? 0 : (double)errors / requests;
        bool enough = requests >= options.QuietMinimumRequests && errors >= LeastErrors && share >= baselineShare + options.MinimumErrorShare;
        double tail = enough ? PoissonTail.AtLeast(errors, requests * usual) : 1;
        return new(Scaled(tail), _seconds.Where(s => s.Errors > 0).Select(s => s.Second).FirstOrDefault(_seconds.Last().Second), share, baselineShare, _seconds.Last().Errors == 0);
    }

    public Sign Latency(double medianMillis, double baselineP95Millis, double boundMillis)
    {
        long requests = _seconds.Sum(s => s.Requests);
        long slow = _seconds.Sum(s => s.Slow);
        bool enough = requests >= options.QuietMinimumRequests && slow >= LeastSlowShare * requests;
        double tail = enough ? 1 - Binomial.CDF(UsualSlowShare, (int)requests, slow - 1) : 1;
        double observed = double.IsNaN(medianMillis) ? boundMillis : medianMillis;
        return new(Scaled(tail), _seconds.Where(s => s.Slow > 0).Select(s => s.Second).FirstOrDefault(_seconds.Last().Second), observed, baselineP95Millis, _seconds.Last().Slow == 0);
    }

    /// <summary>In units of the short window's alarm probability, so that one bound and one scale of confidence serve both.</summary>
    private double Scaled(double tail) => tail >= 1 ? 1 : tail * (options.AlarmProbability / options.QuietAlarmProbability);
}
