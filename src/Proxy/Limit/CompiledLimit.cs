using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Limits;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Match;

namespace MeshInsight.Proxy.Limit;

/// <summary>
/// One RateLimit, for one app. Its buckets pass to the next snapshot's as long as their rates stay, or every change of an endpoint would fill them. Thread-safe;
/// deciding allocates nothing.
/// </summary>
internal sealed class CompiledLimit
{
    /// <summary>Callers that have a bucket of their own at a time; the rest share one.</summary>
    public const int MaxIdentities = 1024;

    // Callers that have proved nothing are one caller: an address is easily had, and many are easily had by one.
    private const string Anonymous = "";

    private readonly CompiledMatch[] _matches;
    private readonly TokenBucket? _total;
    private readonly BucketTable<string>? _identities;
    private readonly Dictionary<string, TokenBucket> _overrides = [];

    /// <param name="previous">The limit of that name in the snapshot before; null when there is none.</param>
    public CompiledLimit(RateLimitConfig config, CompiledLimit? previous, TokenFetcher fetcher, long ticksPerSecond)
    {
        Config = config;
        Counts = previous?.Counts ?? new();
        _matches = [.. config.Matches.Select(m => new CompiledMatch(m))];
        _total = config.Total is { } total ? Keep(previous?._total, total, ticksPerSecond) : null;
        _identities = config.Identity is not { } identity ? null
            : previous?._identities is { } known && known.Rate == identity ? known
            : new(identity, MaxIdentities, ticksPerSecond);
        Global = config.Global is { } global ? new(config.Name, global, previous?.Global, fetcher, ticksPerSecond) : null;
        foreach (var each in config.Overrides)
        {
            var bucket = Keep(each.Clients.Select(c => previous?._overrides.GetValueOrDefault(c)).FirstOrDefault(b => b is not null), each.Rate, ticksPerSecond);
            foreach (string client in each.Clients)
            {
                _overrides[client] = bucket;
            }
        }
    }

    public RateLimitConfig Config { get; }

    public LimitCounts Counts { get; }

    public CompiledGlobal? Global { get; }

    /// <summary>Callers with a bucket of their own now.</summary>
    public int Identities => _identities?.Count ?? 0;

    /// <summary>Times that a caller had to share a bucket, for want of a place.</summary>
    public long Crowded => _identities?.Crowded ?? 0;

    /// <summary>Under every reading of the path, or <c>//login</c> would be a way around the limit of <c>/login</c>.</summary>
    public bool Matches(in RequestHead head)
    {
        if (CompiledMatch.Any(_matches, head, out _))
        {
            return true;
        }

        string canonical = CanonicalPath.Of(head.Path);
        return !ReferenceEquals(canonical, head.Path) && CompiledMatch.Any(_matches, head.WithPath(canonical), out _);
    }

    /// <summary>
    /// The caller's own rate comes before the total: what a caller sends above its own rate takes nothing from the others. A token of its own is given back when the
    /// total refuses.
    /// </summary>
    /// <param name="peer">Who calls, as mutual TLS has proved; null on a plain connection.</param>
    public LimitDecision Take(SpiffeId? peer, long now)
    {
        TokenBucket? own = null;
        if (_overrides.Count > 0 && peer is not null && _overrides.TryGetValue(peer.Service, out var shared))
        {
            own = shared;
            if (own.Take(1, now, out long wait) == 0)
            {
                return Refuse(LimitReason.Override, own.Rate, wait);
            }
        }
        else if (_identities is { } identities && identities.Take(peer?.Text ?? Anonymous, 1, now, out long wait, out own) == 0)
        {
            return Refuse(LimitReason.Identity, own.Rate, wait);
        }

        if (_total is { } total && total.Take(1, now, out long left) == 0)
        {
            own?.GiveBack();
            return Refuse(LimitReason.Total, total.Rate, left);
        }

        return LimitDecision.Pass;
    }

    public LimitDecision Refuse(LimitReason reason, RateConfig rate, long wait)
    {
        Counts.Add(reason);
        return new(this, reason, rate, wait);
    }

    private static TokenBucket Keep(TokenBucket? previous, RateConfig rate, long ticksPerSecond) =>
        previous is not null && previous.Rate == rate ? previous : new(rate, ticksPerSecond);
}
