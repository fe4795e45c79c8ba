using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>What is known about one endpoint while it lives; carried over from snapshot to snapshot by address and instance. Thread-safe.</summary>
internal sealed class EndpointState(EndpointConfig config, TimeProvider time)
{
    /// <summary>What a failure counts as: an endpoint that fails fast must not look quick.</summary>
    public static readonly TimeSpan FailurePenalty = TimeSpan.FromSeconds(5);

    private readonly PeakEwma _roundTrip = new(time);
    private int _pending;

    /// <summary>Replaced by a newer snapshot; instance and address stay.</summary>
    public EndpointConfig Config { get; set; } = config;

    /// <summary><c>http://host:port</c>, what the forwarder wants.</summary>
    public string Prefix { get; } = "http://" + config.Address;

    public int Pending => Volatile.Read(ref _pending);

    /// <summary>Expected cost of one more request: round trip × (requests in flight + 1).</summary>
    public double Load => _roundTrip.Seconds * (Pending + 1);

    public void Begin() => Interlocked.Increment(ref _pending);

    /// <param name="roundTrip">Until the response head; null when nothing was learned (the client left).</param>
    public void End(TimeSpan? roundTrip, bool isFailure)
    {
        Interlocked.Decrement(ref _pending);
        if (isFailure)
        {
            _roundTrip.Observe(FailurePenalty);
        }
        else if (roundTrip is { } took)
        {
            _roundTrip.Observe(took);
        }
    }
}
