using MeshInsight.Contracts.Limits;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Limit;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Limit;

public sealed class TokenStockTests
{
    private const long Second = 1_000_000_000;

    private readonly TokenStock _stock = new(Second);

    private StockAnswer Take(long now, out int wanted, bool isAgain = false) => _stock.TryTake(now, isAgain, out wanted, out _, out _);

    /// <summary>A request each hundredth of a second, each fetch answered at once.</summary>
    private long WarmUp(long now)
    {
        for (int i = 0; i < 100; i++)
        {
            if (Take(now, out int wanted) == StockAnswer.Fetching)
            {
                _stock.Arrived(wanted, 0, now);
                Assert.Equal(StockAnswer.Taken, Take(now, out wanted, isAgain: true));
            }

            if (wanted > 0)
            {
                _stock.Arrived(wanted, 0, now);
            }

            now += Second / 100;
        }

        return now;
    }

    [Fact]
    public void FirstRequest_Waits_AndOthersWaitForTheSameFetch()
    {
        Assert.Equal(StockAnswer.Fetching, _stock.TryTake(0, false, out int wanted, out _, out var arrival));
        Assert.Equal((1, false), (wanted, arrival!.IsCompleted));
        Assert.Equal(StockAnswer.Fetching, Take(0, out wanted));
        Assert.Equal(0, wanted);

        _stock.Arrived(1, 0, 10);

        Assert.True(arrival.IsCompleted);
        Assert.Equal(StockAnswer.Taken, Take(10, out _, isAgain: true));
        Assert.Equal(StockAnswer.Fetching, Take(10, out _, isAgain: true));
    }

    [Fact]
    public void SteadyDemand_FindsTokensInPlaceAndNeverWaits()
    {
        long now = WarmUp(0);

        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(StockAnswer.Taken, Take(now, out int wanted));
            if (wanted > 0)
            {
                // About what a tenth of a second needs, and it may take a while to come.
                Assert.InRange(wanted, 5, 20);
                now += Second / 100;
                Assert.Equal(StockAnswer.Taken, Take(now, out int more));
                Assert.Equal(0, more);
                _stock.Arrived(wanted, 0, now);
            }

            now += Second / 100;
        }
    }

    [Fact]
    public void SteadyDemand_Warm_AllocatesNothing()
    {
        long now = WarmUp(0);
        void Work()
        {
            now += Second / 100;
            if (Take(now, out int wanted) != StockAnswer.Taken)
            {
                throw new InvalidOperationException("It had to wait.");
            }

            if (wanted > 0)
            {
                _stock.Arrived(wanted, 0, now);
            }
        }

        for (int i = 0; i < 1000; i++)
        {
            Work();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Work();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Tokens_NotUsedWithinASecondOfAsking_AreLost()
    {
        Take(0, out _);
        _stock.Arrived(5, 0, Second / 2);

        Assert.Equal(StockAnswer.Taken, Take(Second - 1, out _, isAgain: true));
        Assert.Equal(StockAnswer.Fetching, Take(Second, out _));
    }

    [Fact]
    public void NothingGranted_RefusesUntilThereMayBeSome()
    {
        Take(0, out _);
        _stock.Arrived(0, Second / 4, 0);

        Assert.Equal(StockAnswer.Refused, _stock.TryTake(Second / 8, false, out int wanted, out long wait, out _));
        Assert.Equal((0, Second / 8), (wanted, wait));
        Assert.Equal(StockAnswer.Fetching, Take(Second / 4, out wanted));
        Assert.True(wanted > 0);
    }

    [Fact]
    public void FailedFetch_IsAwayForAMomentAndThenTriedAgain()
    {
        _stock.TryTake(0, false, out _, out _, out var arrival);
        _stock.Failed(0);

        Assert.True(arrival!.IsCompleted);
        Assert.Equal(StockAnswer.Away, Take(Second / 8, out _));
        Assert.Equal(StockAnswer.Fetching, Take(Second / 4, out _));
    }

    [Fact]
    public void SeveralSidecars_AnyDemand_StayWithinTheRateOverAnyTimeAndASecond() => Property.ForAll(40, random =>
    {
        var rate = new RateConfig(random.Next(1, 400), random.Next(1, 100));
        var ledger = new TokenBucket(rate, Second);
        var stocks = Enumerable.Range(0, random.Next(1, 6)).Select(_ => new TokenStock(Second)).ToArray();
        var onTheWay = new List<(long At, TokenStock Stock, int Granted, long Wait)>();
        var passed = new List<long>();
        long now = 0;
        while (now < 4 * Second)
        {
            now += (long)(random.NextDouble() * (random.Next(200) == 0 ? Second : 2 * Second / rate.RequestsPerSecond / stocks.Length));
            foreach (var (_, arrived, granted, wait) in onTheWay.FindAll(l => l.At <= now))
            {
                arrived.Arrived(granted, wait, now);
            }

            onTheWay.RemoveAll(l => l.At <= now);
            var stock = stocks[random.Next(stocks.Length)];
            if (stock.TryTake(now, false, out int wanted, out _, out _) == StockAnswer.Taken)
            {
                passed.Add(now);
            }

            if (wanted > 0)
            {
                int granted = ledger.Take(wanted, now, out long wait);
                onTheWay.Add((now + random.NextInt64(Second / 50), stock, granted, wait));
            }
        }

        for (int from = 0; from < passed.Count; from += 7)
        {
            for (int to = from; to < passed.Count; to += 5)
            {
                double allowed = rate.Burst + (rate.RequestsPerSecond * (((double)(passed[to] - passed[from]) / Second) + 1));
                Assert.True(to - from + 1 <= allowed, $"{to - from + 1} passed where {allowed} may, {rate}, {stocks.Length} sidecars");
            }
        }
    });
}
