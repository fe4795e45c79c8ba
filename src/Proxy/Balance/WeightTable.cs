namespace MeshInsight.Proxy.Balance;

/// <summary>Endpoints in proportion to their weights: where a point between 0 and 1 falls.</summary>
internal sealed class WeightTable
{
    private readonly EndpointState[] _endpoints;
    private readonly long[] _until;

    public WeightTable(EndpointState[] endpoints)
    {
        _endpoints = endpoints;
        _until = new long[endpoints.Length];
        long sum = 0;
        for (int i = 0; i < endpoints.Length; i++)
        {
            _until[i] = sum += endpoints[i].Config.Weight;
        }
    }

    /// <param name="point">A fraction of 2^64.</param>
    /// <param name="avoid">Its neighbour is taken instead.</param>
    public EndpointState At(ulong point, EndpointState? avoid)
    {
        long target = (long)Math.BigMul(point, (ulong)_until[^1], out _);
        int index = Array.BinarySearch(_until, target);
        // Found means that the point is where the endpoint's stretch has just ended.
        index = index >= 0 ? index + 1 : ~index;
        return _endpoints[index] == avoid ? _endpoints[(index + 1) % _endpoints.Length] : _endpoints[index];
    }
}
