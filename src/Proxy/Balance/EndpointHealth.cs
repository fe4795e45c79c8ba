namespace MeshInsight.Proxy.Balance;

/// <summary>Why an endpoint is or is not used.</summary>
internal enum Usability : byte
{
    Healthy,

    /// <summary>Its answers to requests took it out.</summary>
    Ejected,

    /// <summary>Its answers to health checks took it out.</summary>
    Unhealthy,

    /// <summary>Its own sidecar says that the app is away.</summary>
    NotReady,
}

/// <summary>
/// What requests and checks said about one endpoint. Written by Health, read by the cluster's plan.
/// <list type="bullet">
/// <item>in → ejected: <see cref="Eject"/>.</item>
/// <item>ejected → probing: the ejection's time is over, and one real request goes there.</item>
/// <item>probing → in: it succeeded.</item>
/// <item>probing → ejected: it failed; the ejection grows.</item>
/// <item>probing → probing: nobody said in time how it went, so another request is sent.</item>
/// </list>
/// Thread-safe: counters are interlocked; ejecting and coming back happen under the lock of the cluster's <see cref="ClusterMemory"/>.
/// </summary>
internal sealed class EndpointHealth(HealthEpoch epoch, TimeProvider time)
{
    // Long enough for a slow request, short enough that a lost answer does not keep a healthy endpoint out.
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(30);

    private volatile bool _isEjected;
    private volatile bool _isProbing;
    private volatile bool _isUnhealthy;
    private long _until;
    private long _activeSince = time.GetTimestamp();
    private int _requests;
    private int _failures;
    private int _consecutive5xx;
    private int _consecutiveGatewayErrors;

    public bool IsEjected => _isEjected;

    public bool IsProbing => _isProbing;

    /// <summary>Health checks failed often enough in a row.</summary>
    public bool IsUnhealthy
    {
        get => _isUnhealthy;
        set
        {
            if (_isUnhealthy != value)
            {
                _isUnhealthy = value;
                BeginAgain();
            }
        }
    }

    /// <summary>Ejections that count for the length of the next one; falls by one with each good interval.</summary>
    public int Ejections { get; set; }

    /// <summary>Timestamp since when it has been in.</summary>
    public long ActiveSince => Volatile.Read(ref _activeSince);

    public int Consecutive5xx => Volatile.Read(ref _consecutive5xx);

    public int ConsecutiveGatewayErrors => Volatile.Read(ref _consecutiveGatewayErrors);

    /// <summary>Requests and failures of the interval that was closed last.</summary>
    public (int Requests, int Failures) Window { get; private set; }

    public void CountSuccess()
    {
        Interlocked.Increment(ref _requests);
        // Mostly zero already, and writing would take the cache line from the other cores.
        if (Consecutive5xx != 0)
        {
            Volatile.Write(ref _consecutive5xx, 0);
            Volatile.Write(ref _consecutiveGatewayErrors, 0);
        }
    }

    public void CountFailure(bool isGatewayError)
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Increment(ref _failures);
        Interlocked.Increment(ref _consecutive5xx);
        if (isGatewayError)
        {
            Interlocked.Increment(ref _consecutiveGatewayErrors);
        }
        else
        {
            Volatile.Write(ref _consecutiveGatewayErrors, 0);
        }
    }

    public void CloseWindow() => Window = (Interlocked.Exchange(ref _requests, 0), Interlocked.Exchange(ref _failures, 0));

    /// <param name="lasts">Until a request may probe it.</param>
    public void Eject(TimeSpan lasts)
    {
        Ejections++;
        Volatile.Write(ref _until, time.GetTimestamp() + Ticks(lasts));
        _isProbing = false;
        bool wasIn = !_isEjected;
        _isEjected = true;
        if (wasIn)
        {
            epoch.Advance();
        }
    }

    public void Return()
    {
        Volatile.Write(ref _consecutive5xx, 0);
        Volatile.Write(ref _consecutiveGatewayErrors, 0);
        CloseWindow();
        _isProbing = false;
        _isEjected = false;
        BeginAgain();
    }

    /// <summary>Takes the right to send the one probing request.</summary>
    public bool TryBeginProbe()
    {
        long until = Volatile.Read(ref _until);
        long now = time.GetTimestamp();
        if (!_isEjected || now < until || Interlocked.CompareExchange(ref _until, now + Ticks(ProbePatience), until) != until)
        {
            return false;
        }

        _isProbing = true;
        return true;
    }

    /// <summary>The probing request taught nothing (its client left): the next one probes.</summary>
    public void AbandonProbe()
    {
        _isProbing = false;
        Volatile.Write(ref _until, time.GetTimestamp());
    }

    /// <summary>It is in again: slow start counts from now.</summary>
    public void BeginAgain()
    {
        Volatile.Write(ref _activeSince, time.GetTimestamp());
        epoch.Advance();
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
