using MeshInsight.Anomaly.Sampling;
using MeshInsight.Collector.Assemble;
using MeshInsight.Collector.Receive;
using MeshInsight.Collector.Sample;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Tests.Sample;

public sealed class TraceSamplerTests
{
    private readonly Random _random = new(7);
    private long _now = 1_767_225_600_000_000_000;
    private long _sequence;

    private static TraceSampler Sampler(double tracesPerSecond = 10) => new(new() { Paths = new PathSamplerOptions { TargetTracesPerSecond = tracesPerSecond } }, new());

    private TraceId RandomId() => new((ulong)_random.NextInt64(), (ulong)_random.NextInt64());

    private PendingTrace Trace(params SpanSpec[] spans)
    {
        var trace = new PendingTrace();
        var batch = new ReceivedBatch(++_sequence, SpanSpec.Batch(spans));
        trace.Start(batch.Spans.TraceIds[0], 0);
        for (int row = 0; row < batch.Spans.Count; row++)
        {
            trace.Add(new(batch, row), 0);
        }

        return trace;
    }

    private SpanSpec Shop(double millis, TraceId id, bool failed = false, string state = "") =>
        new("shop") { TraceId = id, Duration = TimeSpan.FromMilliseconds(millis), Failed = failed, TraceState = state };

    private SampledTrace? Decide(TraceSampler sampler, params SpanSpec[] spans)
    {
        _now += 5_000_000;
        return sampler.Decide(Trace(spans), _now);
    }

    /// <summary>200 traces a second of one path for ten seconds.</summary>
    private void WarmUp(TraceSampler sampler, int traces = 2000)
    {
        for (int i = 0; i < traces; i++)
        {
            Decide(sampler, Shop(10 + _random.NextDouble(), RandomId()));
        }
    }

    [Fact]
    public void ErrorsAndSlowTraces_OfABusyPath_AreAllKept()
    {
        var sampler = Sampler(tracesPerSecond: 1);
        WarmUp(sampler);

        for (int i = 0; i < 20; i++)
        {
            var failed = Decide(sampler, Shop(10, RandomId(), failed: true));
            var slow = Decide(sampler, Shop(500, RandomId()));
            Assert.Equal((SamplingReason.Error, 1.0), (failed!.Decision.Reason, failed.Probability));
            Assert.Equal((SamplingReason.Slow, 1.0), (slow!.Decision.Reason, slow.Probability));
            Assert.True(slow.Decision.Score >= 0.8);
        }
    }

    [Fact]
    public void OrdinaryTraces_WeightedByTheirProbability_CountWithoutBias()
    {
        var sampler = Sampler(tracesPerSecond: 10);
        WarmUp(sampler);
        const int Sent = 40_000;
        int kept = 0;
        double weighted = 0;
        for (int i = 0; i < Sent; i++)
        {
            if (Decide(sampler, Shop(10 + _random.NextDouble(), RandomId())) is { } trace)
            {
                kept++;
                weighted += 1 / trace.Probability;
            }
        }

        // 200 a second in, 10 a second out: 2000 kept, so the weighted count has a standard error of about 2 %.
        Assert.InRange(kept, 1000, 4500);
        Assert.InRange(weighted, Sent * 0.93, Sent * 1.07);
    }

    [Fact]
    public void Decision_KnowsNothingOfTheTraceIdButR()
    {
        var sampler = Sampler();
        WarmUp(sampler);
        for (int i = 0; i < 500; i++)
        {
            var id = RandomId();
            var kept = Decide(sampler, Shop(10, id));
            Assert.True(sampler.TryGetDecision(id, out var decision));
            Assert.Equal(id.Randomness >= decision.Threshold, kept is not null);
        }
    }

    [Fact]
    public void Rv_InTheTracestate_TakesThePlaceOfTheTraceId()
    {
        var sampler = Sampler(tracesPerSecond: 1);
        WarmUp(sampler);
        var lowest = new TraceId(1, 0);
        var highest = new TraceId(1, 0x00FF_FFFF_FFFF_FFFF);

        Assert.NotNull(Decide(sampler, Shop(10, lowest, state: "ot=rv:ffffffffffffff")));
        Assert.Null(Decide(sampler, Shop(10, highest, state: "ot=rv:00000000000000")));
    }

    [Theory]
    [InlineData("ot=th:8", 0.5)]
    [InlineData("ot=th:0", 1)]
    [InlineData("", 1)]
    [InlineData("ot=th:garbage", 1)]
    public void ErrorTrace_WithAThresholdFromUpstream_KeepsTheHigherOne(string state, double probability)
    {
        var sampler = Sampler();
        var kept = Decide(sampler, Shop(10, new(1, 0x00FF_0000_0000_0000), failed: true, state: state));

        Assert.Equal(probability, kept!.Probability, 6);
    }

    [Fact]
    public void Threshold_ThatContradictsR_IsTakenOut()
    {
        var decision = new SampleDecision(true, 0, Randomness: 5, 0, SamplingReason.Error, "");

        Assert.Null(decision.ThresholdOf(OtTraceState.Read("ot=th:8"u8)));
        Assert.Null(decision.ThresholdOf(OtTraceState.Read("ot=th:zz"u8)));
        Assert.Equal(0ul, decision.ThresholdOf(OtTraceState.Read(""u8)));
    }

    [Fact]
    public void Suspect_OfAnError_IsTheEndOfTheChain()
    {
        var id = RandomId();
        var kept = Decide(
            Sampler(),
            new SpanSpec("shop") { TraceId = id, Id = 1, Failed = true },
            SpanSpec.Call("shop", "checkout") with { TraceId = id, Id = 2, Parent = 1, Failed = true },
            new SpanSpec("checkout") { TraceId = id, Id = 3, Parent = 2, Failed = true },
            SpanSpec.Call("checkout", "stock") with { TraceId = id, Id = 4, Parent = 3 },
            SpanSpec.Call("checkout", "payment") with { TraceId = id, Id = 5, Parent = 3, Failed = true },
            new SpanSpec("payment") { TraceId = id, Id = 6, Parent = 5, Failed = true });

        Assert.Equal("payment", kept!.Decision.SuspectedService);
        Assert.Equal("shop", kept.RootService);
        Assert.Equal(4, kept.ErrorCount - 1);
    }

    [Fact]
    public void Suspect_OfACallNobodyAnswered_IsTheCallee()
    {
        var id = RandomId();
        var kept = Decide(
            Sampler(),
            new SpanSpec("shop") { TraceId = id, Id = 1, Failed = true },
            SpanSpec.Call("shop", "checkout") with { TraceId = id, Id = 2, Parent = 1, Failed = true });

        Assert.Equal("checkout", kept!.Decision.SuspectedService);
    }

    [Fact]
    public void Suspect_OfACallThatAFaultAnswered_IsNotTheCallee()
    {
        var id = RandomId();
        var kept = Decide(
            Sampler(),
            new SpanSpec("shop") { TraceId = id, Id = 1, Failed = true },
            (SpanSpec.Call("shop", "checkout") with { TraceId = id, Id = 2, Parent = 1, Failed = true }).With(MeshAttributes.Fault, MeshAttributes.FaultAbort));

        Assert.Equal("shop", kept!.Decision.SuspectedService);
    }

    [Fact]
    public void Suspect_OfASlowTrace_IsWhoTookLongerThanUsual()
    {
        var sampler = Sampler(tracesPerSecond: 50);
        for (int i = 0; i < 2000; i++)
        {
            Decide(sampler, Chain(RandomId(), shopMillis: 50, checkoutMillis: 5));
        }

        // The shop always takes 50 ms; that is not what made this trace slow.
        var slow = Decide(sampler, Chain(RandomId(), shopMillis: 50, checkoutMillis: 200));

        Assert.Equal(SamplingReason.Slow, slow!.Decision.Reason);
        Assert.Equal("checkout", slow.Decision.SuspectedService);
    }

    [Fact]
    public void LateSpans_FindTheDecisionUntilTwoGenerationsHavePassed()
    {
        var cache = new DecisionCache(100);
        for (ulong i = 0; i < 250; i++)
        {
            cache.Add(new(1, i), new(true, i, 0, 0, SamplingReason.Error, ""));
        }

        Assert.True(cache.TryGet(new(1, 249), out _));
        Assert.True(cache.TryGet(new(1, 150), out var decision) && decision.Threshold == 150);
        Assert.False(cache.TryGet(new(1, 10), out _));
        Assert.InRange(cache.Count, 100, 200);
    }

    private static SpanSpec[] Chain(TraceId id, double shopMillis, double checkoutMillis)
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var whole = TimeSpan.FromMilliseconds(shopMillis + checkoutMillis);
        var part = TimeSpan.FromMilliseconds(checkoutMillis);
        return
        [
            new SpanSpec("shop") { TraceId = id, Id = 1, End = start + whole, Duration = whole },
            SpanSpec.Call("shop", "checkout").With(MeshAttributes.InboundSpanId, $"{1:x16}") with { TraceId = id, Id = 2, Parent = 77, End = start + part, Duration = part },
            new SpanSpec("checkout") { TraceId = id, Id = 3, Parent = 2, End = start + part, Duration = part },
        ];
    }
}
