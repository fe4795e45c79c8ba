using System.Collections.Concurrent;

namespace MeshInsight.Proxy.Identity;

/// <summary>
/// Who must be found at an address, for connections that are opened later than the request that wants one knows. Said with every request, which costs a look; remembered for
/// a bounded number of addresses, the latest that were called. Thread-safe.
/// </summary>
internal sealed class ExpectedPeers
{
    private const int MaxAddresses = 16 * 1024;

    private Generation _current = new();
    private Generation _before = new();

    /// <param name="prefix"><c>http://host:port</c>.</param>
    /// <param name="id">SPIFFE id.</param>
    public void Expect(string prefix, string id)
    {
        var current = Volatile.Read(ref _current);
        if (!current.ByPrefix.TryGetValue(prefix, out string? known) || known != id)
        {
            Remember(current, prefix, id);
        }
    }

    /// <summary>Null for an address that nobody has called.</summary>
    public string? At(Uri address)
    {
        var place = (address.Host, address.Port);
        return Volatile.Read(ref _current).ByAddress.TryGetValue(place, out string? id) || Volatile.Read(ref _before).ByAddress.TryGetValue(place, out id) ? id : null;
    }

    private void Remember(Generation current, string prefix, string id)
    {
        if (current.ByPrefix.Count >= MaxAddresses && Interlocked.CompareExchange(ref _current, new(), current) == current)
        {
            Volatile.Write(ref _before, current);
        }

        var address = new Uri(prefix);
        current = Volatile.Read(ref _current);
        current.ByAddress[(address.Host, address.Port)] = id;
        current.ByPrefix[prefix] = id;
    }

    private sealed class Generation
    {
        // By the text that requests have at hand, and by what a connection is opened to.
        public ConcurrentDictionary<string, string> ByPrefix { get; } = new();

        public ConcurrentDictionary<(string Host, int Port), string> ByAddress { get; } = new();
    }
}
