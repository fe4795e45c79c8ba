using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Contracts.Limits;

/// <summary>
/// A token bucket held in one number, the time at which it is full again: the generic cell rate algorithm (ITU-T I.371, virtual scheduling). Over any time t it gives
/// at most rate × t + burst tokens. Thread-safe without a lock, allocates nothing; times are timestamps of the caller's clock.
/// </summary>
/// <param name="ticksPerSecond">Frequency of the clock. A token takes a whole number of ticks, rounded up, so that the rate is never exceeded.</param>
public sealed class TokenBucket(RateConfig rate, long ticksPerSecond)
{
    private const long Retired = long.MaxValue;

    private readonly long _perToken = PerToken(rate, ticksPerSecond);
    private readonly long _whole = rate.Burst * PerToken(rate, ticksPerSecond);
    private long _fullAt = long.MinValue;

    public RateConfig Rate => rate;

    /// <summary>Takes as many tokens as there are, at most those wanted.</summary>
    /// <param name="wait">Ticks until there is one, when there is none; else 0.</param>
    /// <returns>Tokens taken; -1 when the bucket was retired and another stands in its place.</returns>
    public int Take(int wanted, long now, out long wait)
    {
        while (true)
        {
            long seen = Volatile.Read(ref _fullAt);
            if (seen == Retired)
            {
                wait = 0;
                return -1;
            }

            long from = Math.Max(seen, now);
            long free = now + _whole - from;
            int taken = (int)Math.Min(wanted, free / _perToken);
            if (taken <= 0)
            {
                wait = _perToken - free;
                return 0;
            }

            if (Interlocked.CompareExchange(ref _fullAt, from + (taken * _perToken), seen) == seen)
            {
                wait = 0;
                return taken;
            }
        }
    }

    /// <summary>Ticks until it is full; 0 when it is.</summary>
    public long Missing(long now)
    {
        long seen = Volatile.Read(ref _fullAt);
        return seen <= now || seen == Retired ? 0 : seen - now;
    }

    /// <summary>Sets a bucket that nobody has taken from to what another had left. A bucket is at most empty, whatever a clock says that was set in between.</summary>
    public void Restore(long missing, long now) => Volatile.Write(ref _fullAt, now + Math.Clamp(missing, 0, _whole));

    /// <summary>Returns a token that was taken and not used.</summary>
    public void GiveBack()
    {
        long seen;
        do
        {
            seen = Volatile.Read(ref _fullAt);
        }
        while (seen != Retired && Interlocked.CompareExchange(ref _fullAt, seen - _perToken, seen) != seen);
    }

    /// <summary>Ends a bucket that is full, which is as good as one that never was: a new one in its place changes no decision.</summary>
    public bool TryRetire(long now)
    {
        long seen = Volatile.Read(ref _fullAt);
        return seen <= now && Interlocked.CompareExchange(ref _fullAt, Retired, seen) == seen;
    }

    private static long PerToken(RateConfig rate, long ticksPerSecond) => (long)Math.Ceiling(ticksPerSecond / rate.RequestsPerSecond);
}
