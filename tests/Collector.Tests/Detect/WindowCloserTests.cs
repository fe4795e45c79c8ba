using MeshInsight.Collector.Detect;
using MeshInsight.Collector.Meters;
using MeshInsight.Collector.Receive;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Collector.Tests.Detect;

public sealed class WindowCloserTests
{
    private static DateTimeOffset At(double seconds) => WindowBench.Start + TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Second_WithSpans_ClosesOnceItsLatenessHasPassed()
    {
        var bench = new WindowBench();
        bench.Advance(0.5);
        bench.Send(new SpanSpec("shop") { End = At(0.2) }, new SpanSpec("shop") { End = At(0.4), Failed = true });

        bench.Advance(1.9);
        Assert.Empty(bench.Red);
        bench.Advance(0.2);

        Assert.Equal((0, "shop", "v1", "shop-v1-1", "GET /", 2, 1), Assert.Single(bench.Red));
    }

    [Fact]
    public void Second_WithoutSpans_ClosesEmptyAndInOrder()
    {
        var bench = new WindowBench();

        bench.Advance(6);

        Assert.Equal([(-2, false), (-1, false), (0, false), (1, false), (2, false), (3, false)], bench.Closed.Skip(Math.Max(0, bench.Closed.Count - 6)));
    }

    [Fact]
    public void Span_AfterItsSecondClosed_ComesAsFurtherWindow()
    {
        var bench = new WindowBench();
        bench.Send(new SpanSpec("shop") { End = At(0.2) });
        bench.Advance(4);
        bench.Send(new SpanSpec("shop") { End = At(0.3) });
        bench.Advance(1);

        Assert.Equal([(0, 1), (0, 1)], bench.Red.Select(r => (r.Second, r.Requests)));
        Assert.Contains((0, true), bench.Closed);
    }

    [Fact]
    public void Span_AheadOfTheClock_CountsNow()
    {
        var bench = new WindowBench();
        bench.Send(new SpanSpec("shop") { End = At(3600) });
        bench.Advance(4);

        Assert.Equal(0, Assert.Single(bench.Red).Second);
        Assert.Equal(1, bench.Meters[MeterTable.MovedSpans].Value);
    }

    [Fact]
    public void App_WhoseSidecarSendsSpans_IsCountedFromTheSidecarAlone()
    {
        var bench = new WindowBench();

        // The app's span is there first; the sidecar's comes within the same window.
        bench.Send(new SpanSpec("shop") { Proxy = false, End = At(0.1), Id = 2, Parent = 1 });
        bench.Send(new SpanSpec("shop") { End = At(0.2), Id = 1 });
        bench.Send(new SpanSpec("lonely") { Proxy = false, End = At(0.2), Id = 3 });
        bench.Advance(4);

        Assert.Equal(1, bench.Requests("shop"));
        Assert.Equal(1, bench.Requests("lonely"));
    }

    [Fact]
    public void Call_AnsweredWith404_IsNoErrorOfTheEdge()
    {
        var bench = new WindowBench();
        bench.Send(
            SpanSpec.Call("shop", "checkout").With("http.response.status_code", 404) with { Failed = true },
            SpanSpec.Call("shop", "checkout").With("http.response.status_code", 503) with { Failed = true, Id = 2 });
        bench.Advance(4);

        Assert.Equal((2, 1), Assert.Single(bench.Edges.Select(e => (e.Requests, e.Errors))));
    }

    [Fact]
    public void InternalAndProducerSpans_AreNoRequests()
    {
        var bench = new WindowBench();
        bench.Send(new SpanSpec("shop", SpanKind.Internal), new SpanSpec("shop", SpanKind.Producer), new SpanSpec("shop", SpanKind.Consumer));
        bench.Advance(4);

        Assert.Equal(1, bench.Requests("shop"));
    }

    [Fact]
    public void Names_BeyondTheLimit_CountAsOtherUntilTheTableIsRenewed()
    {
        var bench = new WindowBench(new() { MaxNames = 50 });
        for (int i = 0; i < 100; i++)
        {
            bench.Send(new SpanSpec("shop") { Name = $"GET /{i}", End = bench.Now });
        }

        bench.Advance(4);
        bench.Send(new SpanSpec("shop") { Name = "GET /after", End = bench.Now });
        bench.Advance(4);

        Assert.Equal(101, bench.Requests("shop"));
        Assert.Contains(bench.Red, r => r.Operation == "_other");
        Assert.Contains(bench.Red, r => r.Operation == "GET /after");
        Assert.True(bench.Meters[MeterTable.OtherNames].Value > 0);
    }

    [Fact]
    public void Names_Renewed_KeepWhatOpenWindowsCounted()
    {
        var bench = new WindowBench(new() { MaxNames = 20 });
        for (int second = 0; second < 10; second++)
        {
            for (int i = 0; i < 10; i++)
            {
                bench.Send(new SpanSpec("shop") { Name = $"GET /{second}/{i}", End = bench.Now }, SpanSpec.Call("shop", "checkout") with { End = bench.Now });
            }

            bench.Advance(1);
        }

        bench.Advance(4);

        Assert.Equal(100, bench.Red.Sum(r => r.Requests));
        Assert.Equal(100, bench.Edges.Sum(e => e.Requests));
        Assert.All(bench.Red, r => Assert.Equal("shop", r.Service));
    }

    [Fact]
    public void Totals_WhateverTheOrderAndDelay_EqualTheSpansSent() => Property.ForAll(50, random =>
    {
        var bench = new WindowBench(new() { MaxOpenSeconds = random.Next(2, 10), MaxRowsPerSecond = random.Next(1, 20) });
        int requests = 0;
        int failed = 0;
        int calls = 0;
        for (int batch = 0; batch < 60; batch++)
        {
            var spans = Enumerable.Range(0, random.Next(20)).Select(i => (random.Next(2) == 0 ? new SpanSpec($"s{random.Next(3)}") : SpanSpec.Call($"s{random.Next(3)}", "db")) with
            {
                Name = $"op{random.Next(30)}",
                Failed = random.Next(4) == 0,
                End = bench.Now - TimeSpan.FromSeconds(random.NextDouble() * random.Next(30)),
                Trace = (ulong)random.Next(50),
                Id = (ulong)random.Next(1, 500),
            }).ToList();
            requests += spans.Count(s => s.Kind == SpanKind.Server);
            failed += spans.Count(s => s.Kind == SpanKind.Server && s.Failed);
            calls += spans.Count(s => s.Kind == SpanKind.Client);
            bench.Send(spans);
            bench.Advance(random.NextDouble());
        }

        bench.CloseAll();
        Assert.Equal(requests, bench.Red.Sum(r => r.Requests));
        Assert.Equal(failed, bench.Red.Sum(r => r.Errors));
        Assert.Equal(calls, bench.Edges.Sum(e => e.Requests));
        var first = bench.Closed.Where(w => !w.IsStraggler).Select(w => w.Second).ToList();
        Assert.Equal(first.Order().Distinct(), first);
    });

    [Fact]
    public void Count_InTheSteadyState_AllocatesNothing()
    {
        var windows = new WindowCloser(new(), WindowBench.Nanos(WindowBench.Start), new(), _ => { });
        var batch = new ReceivedBatch(1, SpanSpec.Batch(Enumerable.Range(0, 500).SelectMany(i => new[]
        {
            new SpanSpec("shop") { Name = $"GET /{i % 10}", End = WindowBench.Start },
            SpanSpec.Call("shop", "checkout") with { End = WindowBench.Start },
        })));
        long now = WindowBench.Nanos(WindowBench.Start);
        windows.Count(batch, now);

        long before = GC.GetAllocatedBytesForCurrentThread();
        windows.Count(batch, now);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
