using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Protect;

internal enum BreakerAnswer
{
    Admitted,

    /// <summary>A limit is reached (Envoy's UO).</summary>
    Overflow,

    /// <summary>The deadline came, or the client left, while the request waited.</summary>
    GaveUp,
}

/// <summary>
/// Bounds what this sidecar has in flight to one cluster, with Envoy's four limits. A request is admitted, waits its turn, or is refused:
/// <list type="bullet">
/// <item>in flight &lt; MaxRequests, and a connection is free or shared → admitted</item>
/// <item>all connections in use, fewer than MaxPendingRequests wait → waits, first come first served</item>
/// <item>otherwise → overflow</item>
/// <item>waiting → admitted when another request ends; gives up with its deadline or its client</item>
/// </list>
/// Thread-safe: one lock around the counts and the queue, never held while waiting.
/// </summary>
internal sealed class CircuitBreaker(BreakerConfig limits)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private BreakerConfig _limits = limits;
    private int _active;
    private int _retries;
    private long _connectionOverflows;
    private long _pendingOverflows;
    private long _retryOverflows;

    /// <summary>As the newest snapshot has them; what is in flight above a lowered limit goes on.</summary>
    public BreakerConfig Limits
    {
        get => Volatile.Read(ref _limits);
        set => Volatile.Write(ref _limits, value);
    }

    public int Active => Volatile.Read(ref _active);

    public int Retries => Volatile.Read(ref _retries);

    public int Pending
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Requests that found every connection in use.</summary>
    public long ConnectionOverflows => Interlocked.Read(ref _connectionOverflows);

    /// <summary>Requests refused.</summary>
    public long PendingOverflows => Interlocked.Read(ref _pendingOverflows);

    /// <summary>Retries refused.</summary>
    public long RetryOverflows => Interlocked.Read(ref _retryOverflows);

    /// <param name="sharesConnections">HTTP/2: the number of connections is no limit to requests.</param>
    /// <returns>With <see cref="BreakerAnswer.Admitted"/> the caller owes an <see cref="Exit"/>.</returns>
    public ValueTask<BreakerAnswer> EnterAsync(bool sharesConnections, CancellationToken deadline, CancellationToken client)
    {
        var limits = Limits;
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            bool isFree = sharesConnections || _active < limits.MaxConnections;
            if (_active < limits.MaxRequests && isFree)
            {
                _active++;
                return new(BreakerAnswer.Admitted);
            }

            if (!isFree)
            {
                Interlocked.Increment(ref _connectionOverflows);
            }

            if (isFree || _waiting.Count >= limits.MaxPendingRequests)
            {
                Interlocked.Increment(ref _pendingOverflows);
                return new(BreakerAnswer.Overflow);
            }

            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return WaitAsync(place, deadline, client);
    }

    public void Exit()
    {
        lock (_lock)
        {
            while (_active <= Limits.MaxConnections && _waiting.First is { } next)
            {
                _waiting.RemoveFirst();
                if (next.Value.TrySetResult())
                {
                    // The place passes on; the count stays.
                    return;
                }
            }

            _active--;
        }
    }

    /// <returns>With true the caller owes an <see cref="EndRetry"/>.</returns>
    public bool TryBeginRetry()
    {
        if (Interlocked.Increment(ref _retries) <= Limits.MaxRetries)
        {
            return true;
        }

        Interlocked.Decrement(ref _retries);
        Interlocked.Increment(ref _retryOverflows);
        return false;
    }

    public void EndRetry() => Interlocked.Decrement(ref _retries);

    private async ValueTask<BreakerAnswer> WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken deadline, CancellationToken client)
    {
        using var atDeadline = deadline.UnsafeRegister(GiveUp, place.Value);
        using var atLeave = client.UnsafeRegister(GiveUp, place.Value);
        try
        {
            await place.Value.Task;
            return BreakerAnswer.Admitted;
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (place.List is not null)
                {
                    _waiting.Remove(place);
                }
            }

            return BreakerAnswer.GaveUp;
        }
    }

    private static void GiveUp(object? place) => ((TaskCompletionSource)place!).TrySetCanceled();
}
