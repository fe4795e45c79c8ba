namespace MeshInsight.Proxy.Balance;

/// <summary>
/// Consistent hashing on a ring (Karger et al., STOC 1997): each endpoint owns a fixed number of points per unit of weight, and a request
/// goes to the next point after its hash. Points depend on nothing but their own endpoint, so one that leaves moves its own keys only,
/// unlike Envoy's ring, whose points per endpoint follow the ring's size.
/// </summary>
internal sealed class RingHashBalancer : IBalancer
{
    // libketama's; the share of an endpoint then strays by about 1/√160 = 8 %.
    private const int PointsPerWeight = 160;
    private const ulong Step = 0x9E3779B97F4A7C15;

    private readonly ulong[] _points;
    private readonly EndpointState[] _owners;

    public RingHashBalancer(EndpointState[] endpoints)
    {
        int count = endpoints.Sum(e => e.Config.Weight) * PointsPerWeight;
        _points = new ulong[count];
        _owners = new EndpointState[count];
        int next = 0;
        foreach (var endpoint in endpoints)
        {
            ulong seed = KeyHash.Of(endpoint.Config.InstanceId);
            for (int i = 0; i < endpoint.Config.Weight * PointsPerWeight; i++)
            {
                _points[next] = KeyHash.Mix(seed + ((ulong)(i + 1) * Step));
                _owners[next++] = endpoint;
            }
        }

        Array.Sort(_points, _owners);
    }

    public EndpointState Pick(Random random, EndpointState? avoid, ulong hash)
    {
        int found = Array.BinarySearch(_points, hash == 0 ? (ulong)random.NextInt64() << 1 : hash);
        int index = (found >= 0 ? found : ~found) % _points.Length;
        for (int i = 0; i < _points.Length && _owners[index] == avoid; i++)
        {
            index = (index + 1) % _points.Length;
        }

        return _owners[index];
    }
}
