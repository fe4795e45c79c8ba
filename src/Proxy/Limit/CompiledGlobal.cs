using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Limits;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Match;

namespace MeshInsight.Proxy.Limit;

/// <summary>The global part of one RateLimit. Its stocks pass to the next snapshot's as long as rate and key stay.</summary>
internal sealed class CompiledGlobal(string name, GlobalRateLimit config, CompiledGlobal? previous, TokenFetcher fetcher, long ticksPerSecond)
{
    private const string Anonymous = "";

    private readonly LimitKeyPart[] _key = [.. config.Key];
    private readonly StockTable _stocks = previous is not null && previous.Config.Rate == config.Rate && previous.Config.Key.SequenceEqual(config.Key)
        ? previous._stocks
        : new(ticksPerSecond);

    public GlobalRateLimit Config => config;

    public int Keys => _stocks.Count;

    /// <returns>False when the request has no header that the key asks for: it is not limited then.</returns>
    public bool TryKey(in RequestHead head, SpiffeId? peer, string route, out LimitKey key)
    {
        key = LimitKey.Empty;
        for (int part = 0; part < _key.Length; part++)
        {
            string? value = _key[part].Source switch
            {
                LimitKeySource.Identity => peer?.Text ?? Anonymous,
                LimitKeySource.Header => head.Headers.TryGetValue(_key[part].Name, out var values) ? values.ToString() : null,
                _ => route,
            };
            if (value is null)
            {
                return false;
            }

            key = key.With(part, value.Length > LimitKey.MaxValueLength ? value[..LimitKey.MaxValueLength] : value);
        }

        return true;
    }

    /// <param name="stock">Whose tokens these are, for the wait that <see cref="StockAnswer.Fetching"/> asks for.</param>
    /// <param name="isAgain">The request has waited already.</param>
    public StockAnswer Take(LimitKey key, long now, bool isAgain, out long wait, out Task? arrival, out TokenStock stock)
    {
        stock = _stocks.Find(ref key, now);
        var answer = stock.TryTake(now, isAgain, out int wanted, out wait, out arrival);
        if (wanted > 0)
        {
            fetcher.Fetch(name, key, stock, wanted);
        }

        return answer;
    }
}
