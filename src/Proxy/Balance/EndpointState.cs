using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>What is known about one endpoint while it lives; carried over from snapshot to snapshot by address and instance. Thread-safe.</summary>
internal sealed class EndpointState(EndpointConfig config, TimeProvider time, HealthEpoch epoch)
{
    /// <summary>What a failure counts as: an endpoint that fails fast must not look quick.</summary>
    public static readonly TimeSpan FailurePenalty = TimeSpan.FromSeconds(5);

    /// <summary>The longest <c>Retry-After</c> that is honoured (Linkerd's).</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(300);

    private readonly PeakEwma _roundTrip = new(time);
    private EndpointConfig _config = config;
    private long _spareUntil;
    private int _pending;

    /// <summary>Replaced by a newer snapshot; instance and address stay.</summary>
    public EndpointConfig Config
    {
        get => Volatile.Read(ref _config);
        set
        {
            bool isBack = value.IsReady && !_config.IsReady;
            Volatile.Write(ref _config, value);
            if (isBack)
            {
                Health.BeginAgain();
            }
        }
    }

    /// <summary><c>http://host:port</c>, what the forwarder wants; <c>https://</c> for a host outside the mesh that is spoken to so.</summary>
    public string Prefix { get; } = (config.OriginatesTls ? "https://" : "http://") + config.Address;

    public EndpointHealth Health { get; } = new(epoch, time);

    public Usability Usability =>
        !Config.IsReady ? Usability.NotReady
        : Health.IsUnhealthy ? Usability.Unhealthy
        : Health.IsEjected ? Usability.Ejected
        : Usability.Healthy;

    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Expected cost of one more request: round trip × (requests in flight + 1). At least a failure's while the endpoint asked to be spared.</summary>
    public double Load => (SparedFor > TimeSpan.Zero ? Math.Max(FailurePenalty.TotalSeconds, _roundTrip.Seconds) : _roundTrip.Seconds) * (Pending + 1);

    /// <summary>How much longer the endpoint asked to be left alone; zero when it does not.</summary>
    public TimeSpan SparedFor
    {
        get
        {
            long until = Volatile.Read(ref _spareUntil);
            long now = until == 0 ? 0 : time.GetTimestamp();
            return now < until ? time.GetElapsedTime(now, until) : TimeSpan.Zero;
        }
    }

    public void Begin() => Interlocked.Increment(ref _pending);

    /// <param name="roundTrip">Until the response head; null when nothing was learned (the client left).</param>
    /// <param name="retryAfter">How long the endpoint asked to be spared, with a failure; zero when it did not.</param>
    public void End(TimeSpan? roundTrip, bool isFailure, TimeSpan retryAfter = default)
    {
        Interlocked.Decrement(ref _pending);
        if (isFailure)
        {
            _roundTrip.Observe(FailurePenalty);
            Spare(retryAfter);
        }
        else if (roundTrip is { } took)
        {
            _roundTrip.Observe(took);
        }
    }

    private void Spare(TimeSpan asked)
    {
        if (asked > TimeSpan.Zero)
        {
            double seconds = Math.Min(asked.TotalSeconds, LongestRetryAfter.TotalSeconds);
            Volatile.Write(ref _spareUntil, time.GetTimestamp() + (long)(seconds * time.TimestampFrequency));
        }
    }
}
