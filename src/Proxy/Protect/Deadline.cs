namespace MeshInsight.Proxy.Protect;

/// <summary>
/// The time a request has: all of it, and each try up to its response head. Owned by one request; nothing is allocated where the route
/// sets no limit.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _wholeTimeout;
    private readonly TimeSpan _tryTimeout;
    private readonly long _start;
    private readonly CancellationTokenSource? _whole;
    private CancellationTokenSource? _try;
    private CancellationTokenRegistration _wholeEnds;

    private Deadline(TimeSpan whole, TimeSpan tryTimeout, TimeProvider time)
    {
        _time = time;
        _wholeTimeout = whole;
        _tryTimeout = tryTimeout;
        _start = whole > TimeSpan.Zero ? time.GetTimestamp() : 0;
        _whole = whole > TimeSpan.Zero ? new CancellationTokenSource(whole, time) : null;
    }

    /// <summary>No limit; holds nothing, so that all requests may share it.</summary>
    public static Deadline None { get; } = new(TimeSpan.Zero, TimeSpan.Zero, TimeProvider.System);

    /// <param name="whole">All tries and the response; zero for no limit.</param>
    /// <param name="tryTimeout">One try until its response head; zero for no limit.</param>
    public static Deadline Of(TimeSpan whole, TimeSpan tryTimeout, TimeProvider time) =>
        whole > TimeSpan.Zero || tryTimeout > TimeSpan.Zero ? new(whole, tryTimeout, time) : None;

    /// <summary>What one try that begins now may take; null for no limit.</summary>
    public TimeSpan? TryTimeLeft
    {
        get
        {
            if (_whole is null)
            {
                return _tryTimeout > TimeSpan.Zero ? _tryTimeout : null;
            }

            var left = _wholeTimeout - _time.GetElapsedTime(_start);
            return _tryTimeout > TimeSpan.Zero && _tryTimeout < left ? _tryTimeout : left;
        }
    }

    /// <summary>The shorter of a route's timeout (zero for none) and what the caller has left (null when it did not say).</summary>
    public static TimeSpan Shorter(TimeSpan timeout, TimeSpan? left) =>
        left is { } known && (timeout == TimeSpan.Zero || known < timeout) ? known : timeout;

    /// <summary>For the current try.</summary>
    public CancellationToken Token => _try?.Token ?? WholeToken;

    /// <summary>For the request with all its tries.</summary>
    public CancellationToken WholeToken => _whole?.Token ?? CancellationToken.None;

    /// <summary>The try or the whole took too long.</summary>
    public bool IsExpired => IsWholeExpired || (_try?.IsCancellationRequested ?? false);

    public bool IsWholeExpired => _whole?.IsCancellationRequested ?? false;

    public void BeginTry()
    {
        EndTry();
        if (_tryTimeout > TimeSpan.Zero)
        {
            // Not a linked source: those go by the machine's clock, whatever ours is.
            _try = new CancellationTokenSource(_tryTimeout, _time);
            _wholeEnds = WholeToken.UnsafeRegister(static ended => ((CancellationTokenSource)ended!).Cancel(), _try);
        }
    }

    /// <summary>The try's limit is met; the whole's goes on.</summary>
    public void HeadArrived() => _try?.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>No limit any more: the request became a tunnel.</summary>
    public void Disarm()
    {
        _try?.CancelAfter(Timeout.InfiniteTimeSpan);
        _whole?.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        EndTry();
        _whole?.Dispose();
    }

    private void EndTry()
    {
        // First, so that nothing ends what is disposed of.
        _wholeEnds.Dispose();
        _try?.Dispose();
        _try = null;
    }
}
