using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Limits;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Match;

namespace MeshInsight.Proxy.Limit;

/// <summary>All rate limits of one app, of one snapshot. All that match must let a request pass, in the order of their declaration. Immutable but for the buckets.</summary>
internal sealed class InboundLimits
{
    private readonly CompiledLimit[] _limits;
    private readonly TimeProvider _time;

    public InboundLimits(IReadOnlyList<RateLimitConfig> limits, InboundLimits? previous, TokenFetcher fetcher, TimeProvider time)
    {
        _time = time;
        _limits = [.. limits.Select(l => new CompiledLimit(l, Array.Find(previous?._limits ?? [], p => p.Config.Name == l.Name), fetcher, time.TimestampFrequency))];
    }

    public IReadOnlyList<CompiledLimit> All => _limits;

    /// <param name="peer">Who calls, as mutual TLS has proved; null on a plain connection.</param>
    /// <param name="route">Name of the route that the request matched.</param>
    /// <param name="from">Index of the first limit to ask: 0, or where a decision was left that had to wait.</param>
    public LimitDecision Decide(in RequestHead head, SpiffeId? peer, string route = "", int from = 0)
    {
        long now = _time.GetTimestamp();
        for (int i = from; i < _limits.Length; i++)
        {
            var limit = _limits[i];
            if (!limit.Matches(head))
            {
                continue;
            }

            var decision = limit.Take(peer, now);
            if (decision.IsAllowed && limit.Global is { } global && global.TryKey(head, peer, route, out var key))
            {
                decision = Take(limit, global, key, now, isAgain: false, next: i + 1);
            }

            if (!decision.IsAllowed)
            {
                return decision;
            }
        }

        return LimitDecision.Pass;
    }

    /// <summary>Waits for the tokens that a decision depends on, and decides about that limit. The limits after it are still to be asked.</summary>
    public async ValueTask<LimitDecision> WaitAsync(PendingTake pending, CancellationToken aborted)
    {
        var global = pending.Limit.Global!;
        pending.Limit.Counts.CountWait();
        long start = _time.GetTimestamp();
        while (global.Config.Timeout - _time.GetElapsedTime(start) is { Ticks: > 0 } left)
        {
            try
            {
                await pending.Arrival.WaitAsync(left, _time, aborted);
            }
            catch (TimeoutException)
            {
                break;
            }
            catch (OperationCanceledException)
            {
                // Nobody waits for the answer any more; what becomes of the request is for the next stage to see.
                return LimitDecision.Pass;
            }

            var decision = Take(pending.Limit, global, pending.Key, _time.GetTimestamp(), isAgain: true, pending.Next);
            if (decision.Pending is not { } again)
            {
                return decision;
            }

            pending = again;
        }

        pending.Stock.WaitedInVain(_time.GetTimestamp());
        return Away(pending.Limit, global);
    }

    private static LimitDecision Away(CompiledLimit limit, CompiledGlobal global)
    {
        if (global.Config.FailureMode == LimitFailureMode.Closed)
        {
            return limit.Refuse(LimitReason.Away, global.Config.Rate, 0);
        }

        limit.Counts.CountFailedOpen();
        return LimitDecision.Pass;
    }

    private static LimitDecision Take(CompiledLimit limit, CompiledGlobal global, LimitKey key, long now, bool isAgain, int next) =>
        global.Take(key, now, isAgain, out long wait, out var arrival, out var stock) switch
        {
            StockAnswer.Taken => LimitDecision.Pass,
            StockAnswer.Refused => limit.Refuse(LimitReason.Global, global.Config.Rate, wait),
            StockAnswer.Away => Away(limit, global),
            _ => LimitDecision.Pass with { Pending = new(limit, key, stock, arrival!, next) },
        };
}
