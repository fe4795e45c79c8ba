using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Match;

namespace MeshInsight.Proxy.Limit;

/// <summary>All rate limits of one app, of one snapshot. All that match must let a request pass, in the order of their declaration. Immutable but for the buckets.</summary>
internal sealed class InboundLimits
{
    private readonly CompiledLimit[] _limits;
    private readonly TimeProvider _time;

    public InboundLimits(IReadOnlyList<RateLimitConfig> limits, InboundLimits? previous, TimeProvider time)
    {
        _time = time;
        _limits = [.. limits.Select(l => new CompiledLimit(l, Array.Find(previous?._limits ?? [], p => p.Config.Name == l.Name), time.TimestampFrequency))];
    }

    public IReadOnlyList<CompiledLimit> All => _limits;

    /// <param name="peer">Who calls, as mutual TLS has proved; null on a plain connection.</param>
    public LimitDecision Decide(in RequestHead head, SpiffeId? peer)
    {
        long now = _time.GetTimestamp();
        foreach (var limit in _limits)
        {
            if (limit.Matches(head) && limit.Take(peer, now) is { IsAllowed: false } refusal)
            {
                return refusal;
            }
        }

        return LimitDecision.Pass;
    }
}
