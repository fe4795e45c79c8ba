namespace MeshInsight.Shop.Faults;

/// <summary>Decides request by request what goes wrong. Thread-safe: one lock, held for a few comparisons.</summary>
internal sealed class FaultInjector
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private FaultPlan _plan = FaultPlan.None;
    private long _planSince;
    private long _requests;
    private long _failed;
    private long _delayed;
    private long _firstFailure;
    private long _firstDelay;

    public FaultInjector(TimeProvider clock, int seed, FaultPlan plan)
    {
        _clock = clock;
        _random = new Random(seed);
        Replace(plan);
    }

    /// <summary>A new plan; its times count from now. The counts of the old one are forgotten.</summary>
    public void Replace(FaultPlan plan)
    {
        lock (_lock)
        {
            _plan = plan;
            _planSince = _clock.GetTimestamp();
            _requests = _failed = _delayed = _firstFailure = _firstDelay = 0;
        }
    }

    public FaultState State()
    {
        lock (_lock)
        {
            return new FaultState(_plan, IsActiveLocked(), _requests, _failed, _delayed, _firstFailure, _firstDelay);
        }
    }

    /// <summary>What happens to this request.</summary>
    public Fault Next()
    {
        lock (_lock)
        {
            _requests++;
            if (!IsActiveLocked())
            {
                return default;
            }

            bool fails = _random.NextDouble() < _plan.ErrorShare;
            if (fails)
            {
                Note(ref _failed, ref _firstFailure);
            }

            if (_plan.AddedLatencyMs > 0)
            {
                Note(ref _delayed, ref _firstDelay);
            }

            return new Fault(fails, TimeSpan.FromMilliseconds(_plan.AddedLatencyMs));
        }
    }

    private void Note(ref long count, ref long first)
    {
        count++;
        if (first == 0)
        {
            first = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        }
    }

    private bool IsActiveLocked()
    {
        if (_plan is { ErrorShare: 0, AddedLatencyMs: 0 })
        {
            return false;
        }

        double seconds = _clock.GetElapsedTime(_planSince).TotalSeconds;
        return seconds >= _plan.AfterSeconds && (_plan.ForSeconds == 0 || seconds < _plan.AfterSeconds + _plan.ForSeconds);
    }
}

/// <summary>One request's fate.</summary>
internal readonly record struct Fault(bool Fails, TimeSpan Delay);
