using MeshInsight.Collector.Meters;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Tests.Detect;

public sealed class EdgeTests
{
    private static readonly DateTimeOffset s_end = WindowBench.Start + TimeSpan.FromSeconds(0.5);

    private static SpanSpec Request(ulong id, bool failed = true) => new("shop") { Id = id, Failed = failed, End = s_end };

    private static SpanSpec Call(ulong id, string destination, ulong request, string instance = "") =>
        (SpanSpec.Call("shop", destination, instance: instance) with { Id = id, Parent = 999, Failed = true, End = s_end })
            .With(MeshAttributes.InboundSpanId, $"{request:x16}");

    [Fact]
    public void FailedRequest_AfterItsFailedCall_IsExplainedByTheCallee()
    {
        var bench = new WindowBench();
        bench.Send(Call(2, "payment", request: 1), Request(1));
        bench.Advance(4);

        Assert.Equal(1, bench.Explained("payment"));
    }

    [Fact]
    public void FailedRequest_BeforeItsFailedCallArrives_IsExplainedAllTheSame()
    {
        var bench = new WindowBench();
        bench.Send(Request(1));
        bench.Advance(5);
        bench.Send(Call(2, "payment", request: 1));
        bench.Advance(4);

        Assert.Equal(1, bench.Explained("payment"));
    }

    [Theory]
    [InlineData("abort", 0)]
    [InlineData("timeout", 0)]
    [InlineData("delay", 1)]
    public void FailedCall_ThatAFaultMade_IsNotTheCallees(string fault, int explained)
    {
        var bench = new WindowBench();
        bench.Send(Call(2, "payment", request: 1).With(MeshAttributes.Fault, fault), Request(1));
        bench.Advance(4);

        Assert.Equal(explained, bench.Explained("payment"));
        Assert.Equal(explained, bench.Edges.Count(e => e.Destination == "payment"));
    }

    [Fact]
    public void FailedRequest_WithRetriesToTwoInstances_IsExplainedOnce()
    {
        var bench = new WindowBench();
        bench.Send(Call(2, "payment", 1, "payment-1"), Call(3, "payment", 1, "payment-2"), Call(4, "stock", 1), Request(1));
        bench.Advance(4);

        Assert.Equal(1, bench.Explained("payment"));
        Assert.Equal(1, bench.Explained("stock"));
    }

    [Fact]
    public void FailedRequest_WhoseCallsAllSucceed_IsNotExplained()
    {
        var bench = new WindowBench();
        bench.Send(Call(2, "payment", request: 1) with { Failed = false }, Request(1));
        bench.Advance(4);

        Assert.Equal(0, bench.Explained("payment"));
    }

    [Fact]
    public void SuccessfulRequest_WithAFailedCall_IsNotCounted()
    {
        var bench = new WindowBench();
        bench.Send(Call(2, "payment", request: 1), Request(1, failed: false));
        bench.Advance(4);

        Assert.Equal(0, bench.Explained("payment"));
    }

    [Fact]
    public void Calls_WithTheirTimesSplit_AddUpPerEdge_AndHalfASplitIsNone()
    {
        var bench = new WindowBench();
        bench.Send(Timed(1, 100, 200, 50, 4000), Timed(2, 300, 200, 50, 4000), Timed(3, 300, 200, 50), SpanSpec.Call("shop", "checkout") with { Id = 4, End = s_end });
        bench.Advance(4);

        var times = Assert.Single(bench.Times);
        Assert.Equal((2ul, 400, 400, 100, 8000), (times.App.Count, times.ClientProxy.SumMicros, times.Network.SumMicros, times.ServerProxy.SumMicros, times.App.SumMicros));

        static SpanSpec Timed(ulong id, params int[] micros)
        {
            string[] keys = [MeshAttributes.ClientProxyTime, MeshAttributes.NetworkTime, MeshAttributes.ServerProxyTime, MeshAttributes.AppTime];
            var call = SpanSpec.Call("shop", "checkout") with { Id = id, End = s_end };
            return micros.Zip(keys).Aggregate(call, (span, part) => span.With(part.Second, part.First));
        }
    }

    [Fact]
    public void Call_BetweenSidecars_IsSeenFromBothSides()
    {
        var bench = new WindowBench();
        bench.Send(
            SpanSpec.Call("shop", "checkout", "v2") with { Id = 3, End = s_end, Failed = true },
            new SpanSpec("checkout") { Version = "v2", Id = 4, Parent = 3, End = s_end, Failed = true }.With(MeshAttributes.SourceService, "shop").With(MeshAttributes.SourceVersion, "v1"),
            SpanSpec.Call("shop", "checkout", "v2") with { Id = 5, End = s_end, Failed = true });
        bench.Advance(4);

        Assert.Equal((2, 2), Assert.Single(bench.Edges.Select(e => (e.Requests, e.Errors))));
        Assert.Equal(("shop", "checkout", "v2", 1, 1), Assert.Single(bench.ServerEdges));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Call_OfAnAppWithoutSidecar_FindsItsCalleeByTheChildSpan(bool childFirst)
    {
        var bench = new WindowBench();
        var call = new SpanSpec("app", SpanKind.Client) { Proxy = false, Id = 5, Parent = 4, End = s_end, Failed = true }.With("server.address", "10.0.0.7");
        var child = new SpanSpec("backend") { Proxy = false, Id = 6, Parent = 5, Version = "v3", End = s_end, Failed = true };
        var request = new SpanSpec("app") { Proxy = false, Id = 4, End = s_end, Failed = true };
        bench.Send(childFirst ? [child, call, request] : [call, child, request]);
        bench.Advance(4);

        var edge = Assert.Single(bench.Edges);
        Assert.Equal(("app", "backend", "v3", "backend-v3-1", 1, 1, 1), (edge.Source, edge.Destination, edge.Version, edge.Instance, edge.Requests, edge.Errors, edge.Explained));
    }

    [Fact]
    public void Call_WithoutChild_IsNamedByItsOwnAttributes()
    {
        var bench = new WindowBench();
        bench.Send(
            new SpanSpec("app", SpanKind.Client) { Proxy = false, Id = 5, End = s_end }.With("server.address", "db.internal").With("peer.service", "orders-db"),
            new SpanSpec("app", SpanKind.Client) { Proxy = false, Id = 6, End = s_end }.With("server.address", "smtp.example"),
            new SpanSpec("app", SpanKind.Client) { Proxy = false, Id = 7, End = s_end });
        bench.Advance(4);

        Assert.Equal(["orders-db", "smtp.example"], bench.Edges.Select(e => e.Destination).Order());
        Assert.Equal(1, bench.Meters[MeterTable.UnpairedCalls].Value);
    }

    [Fact]
    public void Call_OfAnAppBehindItsSidecar_IsCountedFromTheSidecarAlone()
    {
        var bench = new WindowBench();
        bench.Send(
            new SpanSpec("shop", SpanKind.Client) { Proxy = false, Id = 2, Parent = 1, End = s_end }.With("server.address", "127.0.0.1"),
            SpanSpec.Call("shop", "checkout") with { Id = 3, Parent = 2, End = s_end },
            new SpanSpec("checkout") { Id = 4, Parent = 3, End = s_end }.With(MeshAttributes.SourceService, "shop"));
        bench.Advance(4);

        Assert.Equal(("checkout", 1), Assert.Single(bench.Edges.Select(e => (e.Destination, e.Requests))));
    }
}
