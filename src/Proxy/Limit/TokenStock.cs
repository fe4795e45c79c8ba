using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Limit;

internal enum StockAnswer
{
    Taken,

    /// <summary>There is none, as the control plane has said, until the time it named.</summary>
    Refused,

    /// <summary>The control plane was asked in vain a moment ago.</summary>
    Away,

    /// <summary>Some are on their way.</summary>
    Fetching,
}

/// <summary>
/// The tokens of one key that this sidecar has fetched and not used. Asked for in batches of what a tenth of a second needs, and again when half of the last batch is
/// gone, so that requests find some in place. One lock, held for a few instructions.
/// <list type="bullet">
/// <item>none → fetching: the first request, or one that finds the stock empty; it waits</item>
/// <item>some → some and fetching: half of the last batch is gone; nobody waits</item>
/// <item>fetching → some, or → refused until a time, or → away for a while</item>
/// </list>
/// </summary>
internal sealed class TokenStock(long ticksPerSecond)
{
    private const int MaxBatch = 10_000;

    private readonly Lock _lock = new();
    private readonly long _life = (long)(GlobalRateLimit.LeaseLife.TotalSeconds * ticksPerSecond);
    private readonly long _batchTime = ticksPerSecond / 10;
    private readonly long _pause = ticksPerSecond / 4;

    // Two batches: a batch keeps its own end of life while the next is there already.
    private int _older;
    private long _olderEnds;
    private int _newer;
    private long _newerEnds;

    private bool _isFetching;
    private long _askedAt;
    private long _measuredAt = long.MinValue;
    private long _usedAt;
    private long _refusedUntil = long.MinValue;
    private long _awayUntil = long.MinValue;
    private int _demand;
    private int _waiters;
    private int _batch = 1;
    private double _perLife;
    private TaskCompletionSource? _arrival;

    /// <param name="isAgain">The request has waited already.</param>
    /// <param name="wanted">More than 0: the caller must fetch so many, and say what came of it.</param>
    /// <param name="wait">Ticks until there is one, with <see cref="StockAnswer.Refused"/>.</param>
    /// <param name="arrival">Ends when the fetch has, with <see cref="StockAnswer.Fetching"/>.</param>
    public StockAnswer TryTake(long now, bool isAgain, out int wanted, out long wait, out Task? arrival)
    {
        (wanted, wait, arrival) = (0, 0, null);
        lock (_lock)
        {
            _demand += isAgain ? 0 : 1;
            _usedAt = now;
            DropOldLocked(now);
            if (_older > 0)
            {
                _older--;
                wanted = ShouldPrefetchLocked(now) ? BeginFetchLocked(now) : 0;
                return StockAnswer.Taken;
            }

            if (now < _refusedUntil)
            {
                wait = _refusedUntil - now;
                return StockAnswer.Refused;
            }

            if (now < _awayUntil)
            {
                return StockAnswer.Away;
            }

            _waiters++;
            wanted = _isFetching ? 0 : BeginFetchLocked(now);
            arrival = (_arrival ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            return StockAnswer.Fetching;
        }
    }

    /// <summary>What came of a fetch.</summary>
    /// <param name="retryAfter">Ticks until there is a token, when none was granted.</param>
    public void Arrived(int granted, long retryAfter, long now)
    {
        TaskCompletionSource? arrival;
        lock (_lock)
        {
            if (granted > 0)
            {
                // Of three batches the oldest goes: those tokens are lost, none is kept beyond its life.
                (_older, _olderEnds) = _older > 0 && _newer == 0 ? (_older, _olderEnds) : (_newer, _newerEnds);
                (_newer, _newerEnds) = (granted, _askedAt + _life);
            }
            else
            {
                // Not at once, whatever the clocks say; and not much later, for others may leave some.
                _refusedUntil = now + Math.Clamp(retryAfter, ticksPerSecond / 100, ticksPerSecond);
            }

            arrival = EndFetchLocked();
        }

        arrival?.TrySetResult();
    }

    /// <summary>The control plane could not be asked, or did not answer in time.</summary>
    public void Failed(long now)
    {
        TaskCompletionSource? arrival;
        lock (_lock)
        {
            _awayUntil = now + _pause;
            arrival = EndFetchLocked();
        }

        arrival?.TrySetResult();
    }

    /// <summary>A request has waited as long as it may: the others need not.</summary>
    public void WaitedInVain(long now)
    {
        lock (_lock)
        {
            _awayUntil = Math.Max(_awayUntil, now + _pause);
        }
    }

    public bool IsIdle(long now, long idleTime)
    {
        lock (_lock)
        {
            return !_isFetching && now - _usedAt > idleTime;
        }
    }

    private void DropOldLocked(long now)
    {
        if (_older == 0 || now >= _olderEnds)
        {
            (_older, _olderEnds, _newer) = (_newer, _newerEnds, 0);
            _older = now >= _olderEnds ? 0 : _older;
        }
    }

    // A key that is used less than twice in a token's life would mostly fetch what is lost again; its requests wait for theirs.
    private bool ShouldPrefetchLocked(long now) =>
        !_isFetching && now >= _refusedUntil && now >= _awayUntil && _perLife >= 2 && 2 * (_older + _newer) < _batch;

    private int BeginFetchLocked(long now)
    {
        MeasureLocked(now);
        _batch = (int)Math.Clamp(Math.Max(Math.Ceiling(_perLife * _batchTime / _life), _waiters), 1, MaxBatch);
        (_isFetching, _askedAt) = (true, now);
        return _batch;
    }

    // Over a batch's time at least: a few requests at once are no rate. Half of the rate before at least: a pause of a moment is not the end of the demand.
    private void MeasureLocked(long now)
    {
        if (_measuredAt == long.MinValue)
        {
            (_measuredAt, _demand) = (now, 0);
        }
        else if (now - _measuredAt >= _batchTime)
        {
            _perLife = Math.Max(_perLife / 2, _demand * (double)_life / (now - _measuredAt));
            (_measuredAt, _demand) = (now, 0);
        }
    }

    private TaskCompletionSource? EndFetchLocked()
    {
        var arrival = _arrival;
        (_isFetching, _arrival, _waiters) = (false, null, 0);
        return arrival;
    }
}
