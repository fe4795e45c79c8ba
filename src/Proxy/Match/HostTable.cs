using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Match;

/// <summary>Values by hostname: exact before wildcard, the longer wildcard before the shorter, then the one for every name. Immutable; a look-up allocates nothing.</summary>
internal sealed class HostTable<T>
    where T : class
{
    private readonly Dictionary<string, T>.AlternateLookup<ReadOnlySpan<char>> _exact;

    // Under ".example.com" for "*.example.com".
    private readonly Dictionary<string, T>.AlternateLookup<ReadOnlySpan<char>> _wildcard;
    private readonly T? _any;

    /// <param name="entries">Hostnames as the Gateway API has them; empty for every name. Of equal ones the first counts.</param>
    public HostTable(IEnumerable<(string Hostname, T Value)> entries)
    {
        var exact = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        var wildcard = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        foreach (var (hostname, value) in entries)
        {
            if (hostname.Length == 0)
            {
                _any ??= value;
            }
            else if (Hostnames.IsWildcard(hostname))
            {
                wildcard.TryAdd(hostname[1..], value);
            }
            else
            {
                exact.TryAdd(hostname, value);
            }
        }

        _exact = exact.GetAlternateLookup<ReadOnlySpan<char>>();
        _wildcard = wildcard.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <param name="host">Without port; empty when the client named none, which only the entry for every name takes.</param>
    public T? Find(ReadOnlySpan<char> host)
    {
        if (_exact.TryGetValue(host, out var exact))
        {
            return exact;
        }

        // "a.b.example.com": ".b.example.com", ".example.com", ".com".
        for (int dot = host.IndexOf('.'); _wildcard.Dictionary.Count > 0 && dot > 0;)
        {
            host = host[dot..];
            if (_wildcard.TryGetValue(host, out var wildcard))
            {
                return wildcard;
            }

            int next = host[1..].IndexOf('.');
            dot = next < 0 ? 0 : next + 1;
        }

        return _any;
    }
}
