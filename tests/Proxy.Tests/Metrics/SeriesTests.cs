using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Trace;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Metrics;

/// <summary>How many series there may be, and how they end.</summary>
public sealed class SeriesTests
{
    private const int Max = SeriesTable<SeriesKey, RequestSeries>.MaxSeries;

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Series_BeyondTheLimit_CountInOneOverflowSeries()
    {
        var metrics = new RequestMetrics(_time);
        for (int i = 0; i < Max + 500; i++)
        {
            metrics.Add(Request($"attacker-{i}", status: 200 + (i % 7)));
        }

        var all = metrics.Requests.Read();
        Assert.Equal(Max, all.Count);
        var overflow = Assert.Single(all, s => s.Key.IsOverflow);
        Assert.Equal((501, 501), (overflow.Requests, metrics.Requests.Overflowed));
        Assert.Equal([new("otel_metric_overflow", "true")], IstioLabels.Of(overflow.Key, new("checkout", "v1", "c1")));
        Assert.Equal(Max + 500, all.Sum(s => s.Requests));
    }

    [Fact]
    public void Series_NotUsedForTenMinutes_Goes_AndComesBackWithANewStart()
    {
        var metrics = new RequestMetrics(_time);
        metrics.Add(Request("idle"));
        metrics.Add(Request("busy"));
        long firstStart = Series(metrics, "idle").StartUnixNanos;
        _time.Advance(TimeSpan.FromMinutes(9));
        metrics.Add(Request("busy"));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, metrics.All.Count);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("busy", Assert.Single(metrics.Requests.Read()).Key.PeerService);
        Assert.Equal((1, 1), (metrics.Requests.Count, metrics.Requests.Expired));

        metrics.Add(Request("idle"));
        var again = Series(metrics, "idle");
        Assert.Equal(1, again.Requests);
        Assert.Equal(firstStart + 601_000_000_000, again.StartUnixNanos);
    }

    [Fact]
    public void Table_FullOfIdleSeries_MakesRoomForNewOnes()
    {
        var metrics = new RequestMetrics(_time);
        for (int i = 0; i < Max; i++)
        {
            metrics.Add(Request($"old-{i}"));
        }

        _time.Advance(TimeSpan.FromMinutes(11));
        metrics.Add(Request("new"));

        var all = metrics.Requests.Read();
        Assert.Equal(["new", ""], all.Select(s => s.Key.PeerService));
        Assert.Equal((Max - 1, 1), (metrics.Requests.Expired, metrics.Requests.Overflowed));
    }

    [Fact]
    public void Edges_NotUsedForTenMinutes_GoToo()
    {
        var metrics = new RequestMetrics(_time);
        metrics.Add(Try(roundTripNanos: 3_000_000, new(2000, 1500)));
        Assert.Equal([0, 0.001, 0.0005, 0.0015], Enumerable.Range(0, 4).Select(metrics.Edges.Read().Single().Seconds));

        _time.Advance(TimeSpan.FromMinutes(11));

        Assert.Empty(metrics.Edges.Read());
    }

    [Fact]
    public async Task Series_RetiredWhileInUse_LoseNoCount()
    {
        var made = new System.Collections.Concurrent.ConcurrentQueue<EdgeSeries>();
        var table = new SeriesTable<EdgeKey, EdgeSeries>(
            (key, unix, now) =>
            {
                var series = new EdgeSeries(key, unix, now);
                made.Enqueue(series);
                return series;
            },
            EdgeKey.Overflow,
            _time);
        const int Adds = 5_000;
        var adding = Task.Run(() =>
        {
            for (int i = 0; i < Adds; i++)
            {
                while (!table.Find(new("checkout", "v1")).TryAdd(default, _time.GetTimestamp()))
                {
                    // Retired between the look and the count.
                }
            }
        });
        while (!adding.IsCompleted || table.Expired == 0)
        {
            _time.Advance(TimeSpan.FromMinutes(11));
            table.Read();
        }

        await adding;

        Assert.Equal(Adds, made.Sum(s => s.Count));
        Assert.Equal(0, table.Overflowed);
    }

    [Fact]
    public void Exemplar_OfABucket_IsTheTraceWithTheMostRandomness_AndANewOneEveryTenSeconds()
    {
        var metrics = new RequestMetrics(_time, keepsExemplars: true);
        Add(randomness: 5);
        Add(randomness: 9UL << 40);
        Add(randomness: 7UL << 40);

        Assert.Equal(9UL << 40, Held().TraceId.Randomness);

        _time.Advance(TimeSpan.FromSeconds(10));
        Add(randomness: 1UL << 40);

        Assert.Equal((1UL << 40, 1UL << 40), (Held().TraceId.Randomness, Held().SpanId.Value));

        void Add(ulong randomness) => metrics.Add(Request("web", trace: new(1, randomness), span: new(randomness)));

        Exemplar Held()
        {
            Assert.True(Series(metrics, "web").DurationMicros.TryGetExemplar(0, out var exemplar, out double value));
            Assert.Equal(0, value);
            return exemplar;
        }
    }

    [Fact]
    public void Exemplars_WithoutACollector_AreNotKept()
    {
        var metrics = new RequestMetrics(_time);
        metrics.Add(Request("web", trace: new(1, 2), span: new(3)));

        Assert.False(Series(metrics, "web").DurationMicros.TryGetExemplar(0, out _, out _));
    }

    private static RequestSeries Series(RequestMetrics metrics, string peer) => metrics.Requests.Read().Single(s => s.Key.PeerService == peer);

    private AttemptRecord Try(long roundTripNanos, ServerTime server) => new()
    {
        SpanId = new(1),
        Destination = new("checkout", "v1", "c1"),
        Address = "10.0.0.1:80",
        ResendCount = 0,
        StartTimestamp = 0,
        EndTimestamp = _time.GetTimestamp(),
        RoundTripNanos = roundTripNanos,
        ServerTime = server,
    };

    private Exchange Request(string peer, int status = 200, TraceId trace = default, SpanId span = default) => new()
    {
        IsInbound = true,
        Context = new DefaultHttpContext(),
        Trace = new(trace, default, 1, "", B3Style.None),
        StartedAt = _time.GetUtcNow(),
        StartTimestamp = _time.GetTimestamp(),
        EndTimestamp = _time.GetTimestamp(),
        Clock = _time,
        IsGrpc = false,
        ServerSpanId = span,
        Peer = new(peer, "", ""),
        Status = status,
    };
}
