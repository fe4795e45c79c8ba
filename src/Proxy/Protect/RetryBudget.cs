namespace MeshInsight.Proxy.Protect;

/// <summary>
/// Retries as a share of requests over the last 10 s, never less than a floor per second: retries add a bounded load to a service that
/// fails, however many callers see it fail. Ten buckets of one second each. Thread-safe.
/// </summary>
internal sealed class RetryBudget(TimeProvider time)
{
    private const int WindowSeconds = 10;

    private readonly Lock _lock = new();
    private readonly int[] _requests = new int[WindowSeconds];
    private readonly int[] _retries = new int[WindowSeconds];
    private readonly long _start = time.GetTimestamp();
    private long _second;

    public void CountRequest()
    {
        lock (_lock)
        {
            _requests[CurrentLocked()]++;
        }
    }

    /// <summary>Takes one retry out of the budget, if it has one left.</summary>
    /// <param name="share">Percent of the budget that this kind of request may use up.</param>
    public bool TryTake(int percent, int minPerSecond, int share = 100)
    {
        lock (_lock)
        {
            int current = CurrentLocked();
            long allowed = Math.Max((long)minPerSecond * WindowSeconds, Sum(_requests) * percent / 100);
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
        long now = (long)time.GetElapsedTime(_start).TotalSeconds;
        for (long second = Math.Max(_second + 1, now - WindowSeconds + 1); second <= now; second++)
        {
            _requests[second % WindowSeconds] = 0;
            _retries[second % WindowSeconds] = 0;
        }

        _second = Math.Max(_second, now);
        return (int)(_second % WindowSeconds);
    }
}
