using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Protect;

/// <summary>
/// Retries as a share of requests over the last 10 s, or the interval of a policy, never less than a floor per second: retries add a bounded load to a service that
/// fails, however many callers see it fail. Ten buckets of a tenth of the time each. Thread-safe.
/// </summary>
/// <param name="policy">What the service called allows all routes together; null to go by each route's own words.</param>
internal sealed class RetryBudget(TimeProvider time, RetryBudgetConfig? policy = null)
{
    private const int Buckets = 10;
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly TimeSpan _interval = policy?.Interval ?? DefaultInterval;
    private readonly int[] _requests = new int[Buckets];
    private readonly int[] _retries = new int[Buckets];
    private readonly long _start = time.GetTimestamp();
    private long _bucket;

    public RetryBudgetConfig? Policy => policy;

    public void CountRequest()
    {
        lock (_lock)
        {
            _requests[CurrentLocked()]++;
        }
    }

    /// <summary>Takes one retry out of the budget, if it has one left.</summary>
    /// <param name="percent">Of the route; a policy's word counts more, as with <paramref name="minPerSecond"/>.</param>
    /// <param name="share">Percent of the budget that this kind of request may use up.</param>
    public bool TryTake(int percent, int minPerSecond, int share = 100)
    {
        (percent, minPerSecond) = policy is null ? (percent, minPerSecond) : (policy.Percent, policy.MinPerSecond);
        lock (_lock)
        {
            int current = CurrentLocked();
            long allowed = Math.Max((long)(minPerSecond * _interval.TotalSeconds), Sum(_requests) * percent / 100);
            if (Sum(_retries) * 100 >= allowed * share)
            {
                return false;
            }

            _retries[current]++;
            return true;
        }
    }

    private static long Sum(int[] buckets)
    {
        long sum = 0;
        foreach (int bucket in buckets)
        {
            sum += bucket;
        }

        return sum;
    }

    private int CurrentLocked()
    {
        long now = time.GetElapsedTime(_start).Ticks * Buckets / _interval.Ticks;
        for (long bucket = Math.Max(_bucket + 1, now - Buckets + 1); bucket <= now; bucket++)
        {
            _requests[bucket % Buckets] = 0;
            _retries[bucket % Buckets] = 0;
        }

        _bucket = Math.Max(_bucket, now);
        return (int)(_bucket % Buckets);
    }
}
