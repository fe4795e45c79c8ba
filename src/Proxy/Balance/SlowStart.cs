using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>
/// Lets a new endpoint take a part of its share that grows with its age: <c>max(minimum, (age / window)^(1 / aggression))</c>, Envoy's
/// formula. A pick is refused in proportion to what the endpoint lacks against the oldest one, and made again, so that shares stay in
/// proportion whatever the balancer, and nobody is refused where everybody is equally new.
/// </summary>
internal sealed class SlowStart
{
    private readonly SlowStartConfig _config;
    private readonly TimeProvider _time;
    private readonly EndpointState _oldest;
    private readonly long _until;

    public SlowStart(SlowStartConfig config, EndpointState[] members, TimeProvider time)
    {
        _config = config;
        _time = time;
        _oldest = members.MinBy(m => m.Health.ActiveSince)!;
        _until = members.Max(m => m.Health.ActiveSince) + (long)(config.Window.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Nobody is new any more.</summary>
    public bool IsOver => _time.GetTimestamp() >= _until;

    public bool Admits(EndpointState endpoint, Random random)
    {
        double share = Share(endpoint);
        return share >= 1 || random.NextDouble() * Share(_oldest) < share;
    }

    /// <returns>0..1.</returns>
    public double Share(EndpointState endpoint)
    {
        double age = _time.GetElapsedTime(endpoint.Health.ActiveSince) / _config.Window;
        return age >= 1 ? 1 : Math.Max(_config.MinWeightPercent / 100.0, Math.Pow(Math.Max(0, age), 1 / _config.Aggression));
    }
}
