namespace MeshInsight.Proxy.Balance;

/// <summary>
/// Consistent hashing by a lookup table (Eisenbud et al., "Maglev", NSDI 2016, section 3.4): endpoints take turns in filling it, each
/// along its own permutation, so shares are even within a percent; when one leaves, few keys of others move. Weights give turns in
/// proportion. The table's size is the paper's small one, and Envoy's.
/// </summary>
internal sealed class MaglevBalancer : IBalancer
{
    /// <summary>Entries; prime, so that every stride visits all of them.</summary>
    public const int TableSize = 65537;

    private readonly EndpointState[] _endpoints;
    private readonly ushort[] _table = new ushort[TableSize];

    public MaglevBalancer(EndpointState[] endpoints)
    {
        // In an order that all sidecars share, so that they agree. More endpoints than entries could not all be in it.
        _endpoints = [.. endpoints.OrderBy(e => e.Config.InstanceId, StringComparer.Ordinal).Take(ushort.MaxValue)];
        Fill();
    }

    public EndpointState Pick(Random random, EndpointState? avoid, ulong hash)
    {
        int index = (int)((hash == 0 ? (ulong)random.NextInt64() : hash) % TableSize);
        for (int i = 0; i < TableSize && _endpoints[_table[index]] == avoid; i++)
        {
            index = (index + 1) % TableSize;
        }

        return _endpoints[_table[index]];
    }

    private void Fill()
    {
        int count = _endpoints.Length;
        long heaviest = _endpoints.Max(e => e.Config.Weight);
        var position = new int[count];
        var stride = new int[count];
        var turns = new long[count];
        var isTaken = new bool[TableSize];
        for (int i = 0; i < count; i++)
        {
            ulong hash = KeyHash.Of(_endpoints[i].Config.InstanceId);
            position[i] = (int)(hash % TableSize);
            stride[i] = (int)(KeyHash.Mix(hash) % (TableSize - 1)) + 1;
        }

        int filled = 0;
        for (long round = 1; ; round++)
        {
            for (int i = 0; i < count; i++)
            {
                if (round * _endpoints[i].Config.Weight < (turns[i] + 1) * heaviest)
                {
                    continue;
                }

                turns[i]++;
                while (isTaken[position[i]])
                {
                    position[i] = (position[i] + stride[i]) % TableSize;
                }

                isTaken[position[i]] = true;
                _table[position[i]] = (ushort)i;
                if (++filled == TableSize)
                {
                    return;
                }
            }
        }
    }
}
