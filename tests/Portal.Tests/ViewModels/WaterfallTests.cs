using MeshInsight.Contracts.Telemetry;
using MeshInsight.Portal.Clients;
using MeshInsight.Portal.ViewModels;

namespace MeshInsight.Portal.Tests.ViewModels;

public class WaterfallTests
{
    private const long Milli = 1_000_000;

    [Fact]
    public void Rows_AppWithoutSpans_AreJoinedBySidecarsNote()
    {
        var waterfall = Waterfall.Of(Failing());
        Assert.Equal(["a", "b", "c", "d", "e"], waterfall.Rows.Select(r => r.Span.SpanId));
        Assert.Equal([0, 1, 2, 3, 4], waterfall.Rows.Select(r => r.Depth));
        Assert.Equal("d", Assert.Single(waterfall.Rows, r => r.IsJoined).Span.SpanId);
        Assert.Equal(["gateway", "checkout", "cart"], waterfall.Services);
    }

    [Fact]
    public void ErrorOrigin_IsTheDeepestFailure()
    {
        var waterfall = Waterfall.Of(Failing());
        Assert.Equal("c", Assert.Single(waterfall.Rows, r => r.IsErrorOrigin).Span.SpanId);
        Assert.StartsWith("The error began in checkout v2", waterfall.Sentence(), StringComparison.Ordinal);
    }

    [Fact]
    public void WireTime_IsWhatTheServerDidNotSpend() =>
        Assert.Equal(2 * Milli, Waterfall.Of(Failing()).Rows[1].WireNano);

    [Fact]
    public void CriticalPath_CoversTheWholeRequestOnce()
    {
        var waterfall = Waterfall.Of(Failing());
        Assert.Equal(waterfall.LengthNano, waterfall.Rows.Sum(r => r.Critical.Sum(c => c.Length)));
    }

    [Fact]
    public void CircleOfParents_EverySpanIsShownOnce()
    {
        var rows = Waterfall.Of(new TraceDetail("t", [Span("x", "y", "s", SpanKind.Server, 0, 2), Span("y", "x", "s", SpanKind.Server, 1, 2)], [], false)).Rows;
        Assert.Equal(["x", "y"], rows.Select(r => r.Span.SpanId).Order());
    }

    [Fact]
    public void NoSpans_SaysSo() => Assert.Equal("No span of this trace is stored.", Waterfall.Of(new TraceDetail("t", [], [], false)).Sentence());

    [Fact]
    public void TimeSplit_OfATrace_AddsUpWhatItsCallsSpentInTheMesh()
    {
        var call = new Dictionary<string, string>
        {
            [MeshAttributes.ClientProxyTime] = "100", [MeshAttributes.NetworkTime] = "200", [MeshAttributes.ServerProxyTime] = "50", [MeshAttributes.AppTime] = "7000",
        };
        var trace = Failing();
        trace = trace with { Spans = [.. trace.Spans.Select(s => s.Kind == SpanKind.Client ? s with { Attributes = call } : s)] };

        Assert.Equal([0.2, 0.4, 0.1, 9.3], TimeSplit.Of(Waterfall.Of(trace)).Select(s => Math.Round(s.Millis, 6)));
        Assert.Equal([0.1, 0.2, 0.05, 7], TimeSplit.Of(trace.Spans.First(s => s.Kind == SpanKind.Client)).Select(s => s.Millis));
        Assert.Empty(TimeSplit.Of(Waterfall.Of(Failing())));
    }

    private static TraceDetail Failing() => new(
        "t",
        [
            Span("e", "d", "cart", SpanKind.Server, 4, 5),
            Span("d", "app", "checkout", SpanKind.Client, 3, 6) with { Attributes = new Dictionary<string, string> { [MeshAttributes.InboundSpanId] = "c" } },
            Span("c", "b", "checkout", SpanKind.Server, 2, 8) with { Status = SpanStatus.Error, Version = "v2" },
            Span("b", "a", "gateway", SpanKind.Client, 1, 9) with { Status = SpanStatus.Error },
            Span("a", "", "gateway", SpanKind.Server, 0, 10) with { Status = SpanStatus.Error },
        ],
        [], false);

    private static TraceSpan Span(string id, string parent, string service, SpanKind kind, int from, int to) => new(
        id, parent, service, "v1", service + "-0", "GET /", kind, SpanStatus.Unset, "", 1_700_000_000_000_000_000 + (from * Milli), (to - from) * Milli,
        new Dictionary<string, string>(), new Dictionary<string, string>());
}
