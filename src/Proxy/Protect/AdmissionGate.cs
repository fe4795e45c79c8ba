using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Protect;

/// <summary>
/// Bounds what the app works on at once, whatever the number of callers:
/// <list type="bullet">
/// <item>fewer in flight than <c>maxRequests</c>, fewer waiting for their response's head than the learned limit → admitted</item>
/// <item>else → waits, by class and then by time of arrival, for <c>maxWait</c> at most</item>
/// <item>as many wait as may → the newest of the lowest class is shed, which is the one that came unless it is of a higher class than another</item>
/// <item>waiting → admitted when there is room; shed when its time is over; forgotten when its client leaves</item>
/// </list>
/// The learned limit counts up to the response's head, so that streams that are open for long take no part of it. Thread-safe: one lock around counts, queues and
/// the learned limit, never held while waiting.
/// </summary>
internal sealed class AdmissionGate
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly LinkedList<Waiter>[] _waiting = [new(), new(), new(), new()];
    private readonly long[] _admitted = new long[PriorityClasses.Count];
    private readonly long[,] _refused = new long[PriorityClasses.Count, Enum.GetValues<AdmissionAnswer>().Length];
    private OverloadConfig _config;
    private GradientLimit? _gradient;
    private int _pending;
    private int _active;
    private int _working;

    public AdmissionGate(OverloadConfig config, TimeProvider time, Random random)
    {
        _config = config;
        _time = time;
        _random = random;
        _gradient = config.Adaptive is { } adaptive ? new(adaptive, time, random) : null;
    }

    /// <summary>Bounds of the newest snapshot. What is in flight above a lowered one goes on; what was learned stays while it is learned in the same way.</summary>
    public void Use(OverloadConfig config)
    {
        lock (_lock)
        {
            if (config.Adaptive != _config.Adaptive)
            {
                _gradient = config.Adaptive is { } adaptive ? new(adaptive, _time, _random) : null;
            }

            _config = config;
            AdmitWaitingLocked();
        }
    }

    /// <param name="patience">How long the client will wait, if that is shorter than <c>maxWait</c>.</param>
    /// <returns>With <see cref="AdmissionAnswer.Admitted"/> the caller owes an <see cref="Exit"/>, and a <see cref="HeadArrived"/> before it if there is a head.</returns>
    public ValueTask<Admission> EnterAsync(PriorityClass priority, TimeSpan patience, CancellationToken client)
    {
        int rank = priority.Rank();
        Waiter waiter;
        TimeSpan wait;
        lock (_lock)
        {
            AdmitWaitingLocked();
            if (HasRoomLocked() || (_pending >= _config.MaxPendingRequests && SpareLocked() && HasRoomLocked()))
            {
                return new(AdmitLocked(rank));
            }

            if (!MakePlaceLocked(rank))
            {
                _refused[rank, (int)AdmissionAnswer.QueueFull]++;
                return new(new Admission(AdmissionAnswer.QueueFull, 0));
            }

            wait = patience < _config.MaxWait ? patience : _config.MaxWait;
            waiter = new(this, rank);
            _waiting[rank].AddLast(waiter.Node);
            _pending++;
        }

        return WaitAsync(waiter, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, client);
    }

    /// <summary>The app has begun to answer.</summary>
    /// <param name="isSample">Whether how long it took tells anything: errors are answered fast.</param>
    public void HeadArrived(long admittedAt, bool isSample)
    {
        lock (_lock)
        {
            _working--;
            if (isSample)
            {
                _gradient?.Ended(admittedAt, _working);
            }

            AdmitWaitingLocked();
        }
    }

    /// <param name="hadHead">Whether <see cref="HeadArrived"/> was called.</param>
    public void Exit(bool hadHead)
    {
        lock (_lock)
        {
            _active--;
            _working -= hadHead ? 0 : 1;
            AdmitWaitingLocked();
        }
    }

    public AdmissionReport Report()
    {
        lock (_lock)
        {
            return new(
                _active,
                _working,
                _config.MaxRequests,
                _gradient?.Limit ?? 0,
                _gradient?.IsMeasuring ?? false,
                _gradient?.MinRtt ?? TimeSpan.Zero,
                _gradient?.SampleRtt ?? TimeSpan.Zero,
                [.. _waiting.Select(w => w.Count)],
                [.. _admitted],
                (long[,])_refused.Clone());
        }
    }

    private bool HasRoomLocked() => (_config.MaxRequests == 0 || _active < _config.MaxRequests) && (_gradient is null || _working < _gradient.Limit);

    private Admission AdmitLocked(int rank)
    {
        _active++;
        _working++;
        _admitted[rank]++;
        _gradient?.Began(_working);
        return new(AdmissionAnswer.Admitted, _time.GetTimestamp());
    }

    private void AdmitWaitingLocked()
    {
        if (_pending == 0)
        {
            return;
        }

        _gradient?.GiveUpIfStalled(_working);
        for (int rank = 0; rank < _waiting.Length; rank++)
        {
            while (_waiting[rank].First is { } first)
            {
                if (!HasRoomLocked())
                {
                    return;
                }

                TakeOutLocked(first.Value);
                first.Value.Decide(AdmitLocked(rank));
            }
        }
    }

    // To be asked before somebody is shed; true when others were let in instead of measuring.
    private bool SpareLocked()
    {
        if (_gradient?.Shed(_working) != true)
        {
            return false;
        }

        AdmitWaitingLocked();
        return true;
    }

    // Shed who matters least, and of those who has waited least.
    private bool MakePlaceLocked(int rank)
    {
        if (_pending < _config.MaxPendingRequests)
        {
            return true;
        }

        for (int lower = _waiting.Length - 1; lower > rank; lower--)
        {
            if (_waiting[lower].Last is { } last)
            {
                RefuseLocked(last.Value, AdmissionAnswer.Displaced);
                return true;
            }
        }

        return false;
    }

    private void RefuseLocked(Waiter waiter, AdmissionAnswer answer)
    {
        TakeOutLocked(waiter);
        _refused[waiter.Rank, (int)answer]++;
        waiter.Decide(new(answer, 0));
    }

    private void TakeOutLocked(Waiter waiter)
    {
        waiter.Node.List!.Remove(waiter.Node);
        _pending--;
    }

    private async ValueTask<Admission> WaitAsync(Waiter waiter, TimeSpan wait, CancellationToken client)
    {
        using var atLeave = client.UnsafeRegister(static w => ((Waiter)w!).Leave(AdmissionAnswer.ClientGone), waiter);
        using var atTimeout = _time.CreateTimer(static w => ((Waiter)w!).Leave(AdmissionAnswer.QueueTimeout), waiter, wait, Timeout.InfiniteTimeSpan);
        return await waiter.Decided;
    }

    /// <summary>Decided once, under the gate's lock, by whoever takes it out of its queue.</summary>
    private sealed class Waiter
    {
        private readonly AdmissionGate _gate;
        private readonly TaskCompletionSource<Admission> _decision = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Waiter(AdmissionGate gate, int rank)
        {
            _gate = gate;
            Rank = rank;
            Node = new(this);
        }

        public int Rank { get; }

        public LinkedListNode<Waiter> Node { get; }

        public Task<Admission> Decided => _decision.Task;

        public void Decide(Admission admission) => _decision.SetResult(admission);

        public void Leave(AdmissionAnswer answer)
        {
            lock (_gate._lock)
            {
                if (Node.List is null)
                {
                    return;
                }

                if (answer == AdmissionAnswer.QueueTimeout)
                {
                    _gate.SpareLocked();
                }

                if (Node.List is not null)
                {
                    _gate.RefuseLocked(this, answer);
                }
            }
        }
    }
}
