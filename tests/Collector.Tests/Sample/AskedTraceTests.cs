using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Tests.Sample;

/// <summary>Who asked why finds the trace, however ordinary it was.</summary>
[Collection(nameof(ClickHouseFixture))]
public sealed class AskedTraceTests(ClickHouseFixture clickHouse)
{
    private const int Traces = 400;

    [Fact]
    public async Task Traces_ThatSomebodyAskedAbout_AreKeptWhenAlikeOnesAreNot()
    {
        var database = clickHouse.NewDatabase();
        await using var collector = await RunningCollector.StartAsync(database, change: o => o with
        {
            Assemble = o.Assemble with { Quiet = TimeSpan.FromMilliseconds(200) },
            Sample = o.Sample with { Paths = o.Sample.Paths with { TargetTracesPerSecond = 1, NewPathTraces = 5 } },
        });
        var spans = new List<SpanSpec>();
        for (int i = 0; i < Traces; i++)
        {
            // The lowest randomness of all: nothing but the question can keep it.
            var request = new SpanSpec("shop") { TraceId = new(7, (ulong)i + 1), Id = (ulong)i + 1, End = TimeProvider.System.GetUtcNow(), Duration = TimeSpan.FromMilliseconds(10) };
            spans.Add(i % 100 == 99 ? request.With(MeshAttributes.Why, "true") : request);
        }

        // Only sidecars are believed.
        spans.Add(spans[0] with { TraceId = new(7, Traces + 1), Id = Traces + 1, Proxy = false, Attributes = new Dictionary<string, object> { [MeshAttributes.Why] = "true" } });
        await collector.SendAsync(spans);
        await collector.StopAsync();

        Assert.Equal(4, await Ask.CountAsync(database, "SELECT count() FROM mesh_traces WHERE SamplingReason = 'Asked' AND SamplingProbability = 1"));
        Assert.InRange(await Ask.CountAsync(database, "SELECT count() FROM mesh_traces"), 4, Traces / 4);
    }
}
