using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Tests;

/// <summary>Promise 1 of the design: nothing sampled biases a number.</summary>
[Collection(nameof(ClickHouseFixture))]
public sealed class SampledTrafficTests(ClickHouseFixture clickHouse)
{
    private const int Traces = 6000;
    private const int TracesPerRequest = 50;

    [Fact]
    public async Task Totals_WhileMostTracesAreDropped_EqualWhatWasSent()
    {
        var database = clickHouse.NewDatabase();
        await using var collector = await RunningCollector.StartAsync(database, change: o => o with
        {
            Assemble = o.Assemble with { Quiet = TimeSpan.FromMilliseconds(200) },
            Sample = o.Sample with { Paths = o.Sample.Paths with { TargetTracesPerSecond = 20, NewPathTraces = 20 } },
        });
        var random = new Random(5);
        int failed = 0;
        for (int sent = 0; sent < Traces; sent += TracesPerRequest)
        {
            var spans = new List<SpanSpec>();
            for (int i = 0; i < TracesPerRequest; i++)
            {
                bool fails = random.Next(200) == 0;
                failed += fails ? 1 : 0;
                var id = new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64());
                var request = new SpanSpec("shop") { TraceId = id, Id = 1, Failed = fails, End = TimeProvider.System.GetUtcNow(), Duration = TimeSpan.FromMilliseconds(10 + random.NextDouble()) };
                spans.Add(request);
                spans.Add((SpanSpec.Call("shop", "checkout") with { TraceId = id, Id = 2, Parent = 1, Failed = fails, End = request.End, Duration = TimeSpan.FromMilliseconds(5) })
                    .With(MeshAttributes.ClientProxyTime, 100).With(MeshAttributes.NetworkTime, 200).With(MeshAttributes.ServerProxyTime, 50).With(MeshAttributes.AppTime, 4000));
            }

            await collector.SendAsync(spans);
        }

        await collector.StopAsync();

        Assert.Equal($"{Traces}\t{failed}", await Ask.ScalarAsync(database, "SELECT sum(Requests), sum(Errors) FROM mesh_red"));
        Assert.Equal($"{Traces}\t{failed}", await Ask.ScalarAsync(database, "SELECT sum(Requests), sum(Errors) FROM mesh_edges"));
        Assert.Equal(
            $"app\t{Traces}\t{Traces * 4000}\nclient_proxy\t{Traces}\t{Traces * 100}\nnetwork\t{Traces}\t{Traces * 200}\nserver_proxy\t{Traces}\t{Traces * 50}",
            await Ask.ScalarAsync(database, "SELECT Part, sum(Requests), sum(LatencySumMicros) FROM mesh_edge_times WHERE Source = 'shop' AND Destination = 'checkout' GROUP BY Part ORDER BY Part"));
        Assert.Equal(Traces, await Ask.CountAsync(database, "SELECT sum(arraySum(LatencyCount)) FROM mesh_red"));

        long kept = await Ask.CountAsync(database, "SELECT count() FROM mesh_traces");
        Assert.InRange(kept, 20, Traces / 4);
        Assert.Equal(failed, await Ask.CountAsync(database, "SELECT count() FROM mesh_traces WHERE ErrorCount > 0 AND SamplingProbability = 1"));
        Assert.Equal(2 * kept, await Ask.CountAsync(database, "SELECT count() FROM otel_traces"));
        Assert.Equal(Traces - kept, collector.Host.Meters.Sum(MeterTable.Dropped));

        // The weight is in the columns and, for anybody who reads OpenTelemetry's, in the tracestate; both give the traffic back.
        double weighted = await Ask.NumberAsync(database, "SELECT sum(1 / SamplingProbability) FROM mesh_traces");
        double error = Math.Sqrt(await Ask.NumberAsync(database, "SELECT sum((1 - SamplingProbability) / pow(SamplingProbability, 2)) FROM mesh_traces"));
        Assert.InRange(weighted, Traces - (4 * error), Traces + (4 * error));
        Assert.Equal(0, await Ask.CountAsync(database, "SELECT count() FROM otel_traces WHERE TraceState NOT LIKE 'ot=th:%'"));
        Assert.True(await Ask.NumberAsync(
            database,
            "SELECT max(abs(SamplingProbability - (1 - reinterpretAsUInt64(reverse(unhex(rightPad(extract(TraceState, 'th:([0-9a-f]+)'), 14, '0')))) / pow(2, 56)))) FROM otel_traces") < 1e-9);
    }
}
