using MeshInsight.Contracts.Limits;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Limits;

public sealed class TokenBucketTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Take_AnyClock_NeverMoreThanRateTimesTimePlusBurst() => Property.ForAll(300, random =>
    {
        var rate = RandomRate(random);
        var bucket = new TokenBucket(rate, Second);
        var takes = new List<(long At, int Count)>();
        long now = random.NextInt64(long.MaxValue / 4);
        for (int i = 0; i < 300; i++)
        {
            now += Step(random, rate);
            int taken = bucket.Take(random.Next(1, 20), now, out long wait);
            Assert.True(taken > 0 ? wait == 0 : wait > 0);
            takes.Add((now, taken));
        }

        AssertBounded(takes, rate);
    });

    [Fact]
    public void Take_AfterTheWaitThatItNames_GivesAToken() => Property.ForAll(200, random =>
    {
        var bucket = new TokenBucket(RandomRate(random), Second);
        long now = 5;
        while (bucket.Take(100, now, out _) > 0)
        {
        }

        bucket.Take(1, now, out long wait);
        Assert.Equal(0, bucket.Take(1, now + wait - 1, out _));
        Assert.Equal(1, bucket.Take(1, now + wait, out _));
    });

    [Fact]
    public void Take_InTheLongRun_GivesTheWholeRate() => Property.ForAll(50, random =>
    {
        var rate = new RateConfig(random.Next(1, 5000), random.Next(1, 100));
        var bucket = new TokenBucket(rate, Second);
        int taken = 0;
        for (long now = 0; now <= 10 * Second; now += Second / 10_000)
        {
            taken += bucket.Take(1, now, out _);
        }

        Assert.InRange(taken, (int)(rate.RequestsPerSecond * 10 * 0.999), (rate.RequestsPerSecond * 10) + rate.Burst);
    });

    [Fact]
    public void GiveBack_AToken_LetsAnotherPass()
    {
        var bucket = new TokenBucket(new(1, 1), Second);

        Assert.Equal(1, bucket.Take(1, 0, out _));
        Assert.Equal(0, bucket.Take(1, 0, out _));
        bucket.GiveBack();

        Assert.Equal(1, bucket.Take(1, 0, out _));
    }

    [Fact]
    public void Take_ByManyThreadsAtOneInstant_GivesTheBurstOnce()
    {
        var bucket = new TokenBucket(new(1000, 500), Second);
        int taken = 0;

        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 1000; i++)
            {
                Interlocked.Add(ref taken, bucket.Take(1, 0, out long _));
            }
        });

        Assert.Equal(500, taken);
    }

    [Fact]
    public void Table_AnyKeysAndClock_HoldsEachKeyToTheRateAndItsSizeToTheBound() => Property.ForAll(100, random =>
    {
        const int Capacity = 8;
        var rate = RandomRate(random);
        var table = new BucketTable<string>(rate, Capacity, Second);
        var takes = Enumerable.Range(0, 12).ToDictionary(i => $"k{i}", _ => new List<(long, int)>());
        long now = 0;
        for (int i = 0; i < 600; i++)
        {
            now += Step(random, rate);
            string key = $"k{random.Next(takes.Count)}";
            takes[key].Add((now, table.Take(key, 1, now, out _, out _)));
            Assert.InRange(table.Count, 1, Capacity);
        }

        // A key may have had a bucket of its own and, when the table was full, a part of the shared one.
        foreach (var each in takes.Values)
        {
            AssertBounded(each, rate with { RequestsPerSecond = 2 * rate.RequestsPerSecond, Burst = 2 * rate.Burst });
        }
    });

    [Fact]
    public void Table_KeyThatPaused_IsForgottenOnlyOnceItsBucketIsFull()
    {
        var table = new BucketTable<string>(new(1, 10), 2, Second);
        Assert.Equal(10, table.Take("slow", 10, 0, out _, out _));
        Assert.Equal(1, table.Take("quick", 1, 0, out _, out _));

        // Both places are taken, and only one of the two buckets is full again.
        Assert.Equal(1, table.Take("third", 1, 2 * Second, out _, out _));
        Assert.Equal((2, 0), (table.Count, table.Crowded));
        Assert.Equal(2, table.Take("slow", 10, 2 * Second, out _, out _));

        Assert.Equal(10, table.Take("fourth", 10, (2 * Second) + 1, out _, out _));
        Assert.Equal(0, table.Take("fifth", 10, (2 * Second) + 1, out _, out _));
        Assert.Equal((2, 2), (table.Count, table.Crowded));
    }

    [Fact]
    public void Table_KnownKey_AllocatesNothing()
    {
        var table = new BucketTable<string>(new(1e6, 1000), 8, Second);
        long now = 0;
        void Work() => table.Take("web", 1, now += 500, out _, out _);
        for (int i = 0; i < 2000; i++)
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

    private static RateConfig RandomRate(Random random) => new(Math.Pow(10, (random.NextDouble() * 7) - 2), random.Next(1, 50));

    // Mostly about a token's time, at times a pause, at times none.
    private static long Step(Random random, RateConfig rate) => random.Next(10) switch
    {
        0 => 0,
        1 => (long)(random.NextDouble() * 20 * rate.Burst * Second / rate.RequestsPerSecond),
        _ => (long)(random.NextDouble() * 2 * Second / rate.RequestsPerSecond),
    };

    private static void AssertBounded(List<(long At, int Count)> takes, RateConfig rate)
    {
        for (int from = 0; from < takes.Count; from++)
        {
            long sum = 0;
            for (int to = from; to < takes.Count; to++)
            {
                sum += takes[to].Count;
                double allowed = (rate.RequestsPerSecond * (takes[to].At - takes[from].At) / Second) + rate.Burst;
                Assert.True(sum <= allowed + 1e-6, $"{sum} tokens where {allowed} were allowed, rate {rate}");
            }
        }
    }
}
