using MeshInsight.Contracts.Findings;
using MeshInsight.ControlPlane.Findings;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>How a shifted instance does on the traffic it kept, beside its peers at the same time.</summary>
/// <param name="Requests">Of the kept traffic that were looked at: the newest, since the shift.</param>
/// <param name="IsNormal">Errors and latency are those of its peers.</param>
internal sealed record Recovery(long Requests, bool IsNormal, string Text)
{
    /// <summary>An instance that fails a fifth of its requests looks healthy over so many once in a hundred times.</summary>
    public const int MinimumRequests = 20;

    /// <summary>At least so long, so that a pause between two bursts is not recovery.</summary>
    private static readonly TimeSpan MinimumSpan = TimeSpan.FromSeconds(5);
    private const double ErrorShareAlwaysFine = 0.02;
    private const double LatencySlackMillis = 5;
    private const double PeerFactor = 2;

    /// <param name="peers">Other instances of the same service and version.</param>
    /// <param name="minimumRequests">At least <see cref="MinimumRequests"/>; more while a finding still says otherwise.</param>
    public static Recovery Measure(InstanceHealth instance, IReadOnlyList<InstanceHealth> peers, DateTimeOffset shiftedAt, int minimumRequests)
    {
        var newest = instance.Seconds.LastOrDefault().At;
        var own = new Tally();
        var since = newest;
        foreach (var second in instance.Seconds.Reverse().TakeWhile(s => s.At > shiftedAt))
        {
            since = second.At;
            own.Add(second);
            if (own.Requests >= minimumRequests && newest - since >= MinimumSpan)
            {
                break;
            }
        }

        var others = new Tally();
        foreach (var second in peers.SelectMany(p => p.Seconds).Where(s => s.At >= since))
        {
            others.Add(second);
        }

        bool isEnough = own.Requests >= minimumRequests && newest - since >= MinimumSpan;
        bool isNormal = isEnough
            && own.ErrorShare <= Math.Max(ErrorShareAlwaysFine, PeerFactor * others.ErrorShare)
            && (others.Requests == 0 || own.P95Millis <= (PeerFactor * others.P95Millis) + LatencySlackMillis);
        string text = $"Over its last {own.Requests} requests {Readable.Percent(own.ErrorShare)} failed, p95 {Readable.Millis(own.P95Millis)}; its peers: {Readable.Percent(others.ErrorShare)}, {Readable.Millis(others.P95Millis)}.";
        return new Recovery(own.Requests, isNormal, text);
    }

    /// <summary>p95 of several seconds, as the mean of theirs by requests: enough to tell slow from usual.</summary>
    private sealed class Tally
    {
        private long _errors;
        private double _weightedP95;

        public long Requests { get; private set; }

        public double ErrorShare => Requests == 0 ? 0 : (double)_errors / Requests;

        public double P95Millis => Requests == 0 ? 0 : _weightedP95 / Requests;

        public void Add(HealthSecond second)
        {
            if (second.Requests > 0)
            {
                Requests += second.Requests;
                _errors += second.Errors;
                _weightedP95 += second.Requests * (double.IsNaN(second.P95Millis) ? 0 : second.P95Millis);
            }
        }
    }
}
