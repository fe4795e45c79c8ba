using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Protect;
using MeshInsight.Testing;

namespace MeshInsight.Proxy.Tests.Protect;

public sealed class RetryRulesTests
{
    private readonly ManualTimeProvider _clock = new();

    private static RetryConfig Config(int attempts = 2) => new(attempts, [502, 503], TimeSpan.FromMilliseconds(25), 20, 10);

    [Theory]
    [InlineData("GET", 503, -1, false, "Retry")]
    [InlineData("GET", 500, -1, false, "Keep")]
    [InlineData("GET", 200, -1, false, "Keep")]
    [InlineData("POST", 503, -1, false, "Keep")]
    [InlineData("POST", 503, -1, true, "Retry")]
    [InlineData("PATCH", 502, -1, false, "Keep")]
    [InlineData("DELETE", 502, -1, false, "Retry")]
    [InlineData("POST", 200, 14, false, "Retry")]
    [InlineData("POST", 200, 13, false, "Keep")]
    public void Judge_ByMethodStatusAndReach(string method, int status, int grpc, bool undelivered, string expected)
    {
        var reach = undelivered ? AttemptReach.NotDelivered : AttemptReach.Delivered;

        Assert.Equal(expected, RetryPolicy.Judge(Config(), method, status, grpc, reach, true, 1, new RetryBudget(_clock)).ToString());
    }

    [Theory]
    [InlineData(PriorityClass.Critical, RetryAnswer.Retry)]
    [InlineData(PriorityClass.High, RetryAnswer.Retry)]
    [InlineData(PriorityClass.Unset, RetryAnswer.Keep)]
    [InlineData(PriorityClass.Medium, RetryAnswer.Keep)]
    [InlineData(PriorityClass.Low, RetryAnswer.Keep)]
    internal void Judge_OfWhatWasShed_GoesByTheClass(PriorityClass priority, RetryAnswer expected) =>
        Assert.Equal(expected, RetryPolicy.Judge(Config(), "POST", 503, -1, AttemptReach.NotDelivered, true, 1, new RetryBudget(_clock), priority: priority, isShed: true));

    [Fact]
    public void Judge_OfLowRequests_LeavesHalfOfTheBudgetToOthers()
    {
        var budget = new RetryBudget(_clock);
        RetryAnswer Judge(PriorityClass priority) => RetryPolicy.Judge(Config(), "GET", 503, -1, AttemptReach.Delivered, true, 1, budget, priority: priority);

        // The floor: ten a second for ten seconds.
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(RetryAnswer.Retry, Judge(PriorityClass.Low));
        }

        Assert.Equal(RetryAnswer.Exhausted, Judge(PriorityClass.Low));
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(RetryAnswer.Retry, Judge(PriorityClass.Unset));
        }

        Assert.Equal(RetryAnswer.Exhausted, Judge(PriorityClass.Critical));
    }

    [Fact]
    public void Judge_WithoutReplayableBody_Keeps() =>
        Assert.Equal(RetryAnswer.Keep, RetryPolicy.Judge(Config(), "PUT", 503, -1, AttemptReach.Delivered, canReplay: false, 1, new RetryBudget(_clock)));

    [Fact]
    public void Judge_AfterTheLastAttempt_IsExhausted() =>
        Assert.Equal(RetryAnswer.Exhausted, RetryPolicy.Judge(Config(2), "GET", 503, -1, AttemptReach.Delivered, true, 3, new RetryBudget(_clock)));

    [Fact]
    public void Judge_SwitchedOff_Keeps() =>
        Assert.Equal(RetryAnswer.Keep, RetryPolicy.Judge(RetryConfig.None, "GET", 503, -1, AttemptReach.NotDelivered, true, 1, new RetryBudget(_clock)));

    [Fact]
    public void Backoff_DoublesWithJitter()
    {
        var random = new ConcurrentRandom(5);
        for (int tries = 1; tries <= 8; tries++)
        {
            double window = Math.Min(25 * Math.Pow(2, tries - 1), 250);
            var drawn = Enumerable.Range(0, 200).Select(_ => RetryPolicy.Backoff(Config(), tries, random).TotalMilliseconds).ToList();
            Assert.All(drawn, d => Assert.InRange(d, 0, window));
            Assert.InRange(drawn.Average(), window * 0.4, window * 0.6);
        }
    }

    [Fact]
    public void Budget_AllowsItsShareOfTheWindow()
    {
        var budget = new RetryBudget(_clock);
        for (int i = 0; i < 1000; i++)
        {
            budget.CountRequest();
        }

        Assert.Equal(200, Enumerable.Range(0, 1000).Count(_ => budget.TryTake(20, 10)));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(100, Enumerable.Range(0, 1000).Count(_ => budget.TryTake(20, 10)));
    }

    [Fact]
    public void Budget_OfAPolicy_CountsMoreThanTheRoutesWords_OverItsInterval()
    {
        var budget = new RetryBudget(_clock, new(Percent: 50, MinPerSecond: 0, TimeSpan.FromMinutes(1)));
        for (int i = 0; i < 100; i++)
        {
            budget.CountRequest();
            _clock.Advance(TimeSpan.FromMilliseconds(500));
        }

        Assert.Equal(50, Enumerable.Range(0, 1000).Count(_ => budget.TryTake(20, 10)));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(budget.TryTake(100, 1000));
    }

    [Fact]
    public void Budgets_OfOneService_AreOne_UntilAPolicySaysAnother()
    {
        var budgets = new RetryBudgets(_clock);
        var policy = new RetryBudgetConfig(20, 10, TimeSpan.FromSeconds(10));

        var first = budgets.For("shop", "checkout", policy);
        Assert.Same(first, budgets.For("other", "checkout", policy with { }));
        Assert.NotSame(first, budgets.For("shop", "checkout", policy with { Percent = 30 }));
        Assert.Same(budgets.For("shop", "checkout", null), budgets.For("shop", "payment", null));
    }

    [Fact]
    public void Budget_AfterALongPause_StartsFresh()
    {
        var budget = new RetryBudget(_clock);
        Assert.Equal(100, Enumerable.Range(0, 200).Count(_ => budget.TryTake(20, 10)));

        _clock.Advance(TimeSpan.FromHours(5));

        Assert.True(budget.TryTake(20, 10));
    }

    [Fact]
    public void ReplayBody_AnySplitOfReads_GivesTheSameBytesAgain() => Property.ForAll(100, random =>
    {
        byte[] body = new byte[random.Next(ReplayBody.LimitBytes + 1)];
        random.NextBytes(body);
        using var replay = new ReplayBody(new MemoryStream(body));

        int first = random.Next(body.Length + 1);
        Read(replay, random, first);
        Assert.True(replay.CanReplay);
        replay.Rewind();

        Assert.Equal(body, Read(replay, random, body.Length));
        replay.Rewind();
        Assert.Equal(body, Read(replay, random, body.Length));
    });

    [Fact]
    public void ReplayBody_AboveTheLimit_PassesButForgets()
    {
        byte[] body = new byte[ReplayBody.LimitBytes + 1];
        using var replay = new ReplayBody(new MemoryStream(body));

        Assert.Equal(body.Length, Read(replay, new Random(1), body.Length).Length);
        Assert.False(replay.CanReplay);
        Assert.Throws<InvalidOperationException>(replay.Rewind);
    }

    private static byte[] Read(ReplayBody replay, Random random, int count)
    {
        var read = new List<byte>();
        byte[] buffer = new byte[20_000];
        while (read.Count < count)
        {
            int asked = Math.Min(count - read.Count, random.Next(1, buffer.Length));
            // The source is memory, so the read is already over.
            int got = replay.ReadAsync(buffer.AsMemory(0, asked)).AsTask().GetAwaiter().GetResult();
            Assert.NotEqual(0, got);
            read.AddRange(buffer.AsSpan(0, got));
        }

        return [.. read];
    }
}
