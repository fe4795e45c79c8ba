using MeshInsight.Cli.Commands;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Queries;

namespace MeshInsight.Cli.Tests.Commands;

public sealed class WhyStoryTests
{
    [Fact]
    public void Story_OfAnExplainedCall_TellsBothEndsTogether()
    {
        var call = Span("c", "a", "Client", "web", 10, [
            ("mesh.why", "true"), ("mesh.route", "checkout/all"), ("mesh.destination.service", "checkout"), ("mesh.destination.version", "v2"), ("mesh.destination.instance", "checkout-1"),
            ("network.peer.address", "10.0.0.1"), ("network.peer.port", "80"), ("http.response.status_code", "200"), ("http.request.resend_count", "1"),
            ("mesh.time.client_proxy_us", "100"), ("mesh.time.network_us", "200"), ("mesh.time.server_proxy_us", "50"), ("mesh.time.app_us", "9000")],
            ("mesh.why.route", "checkout/pay: no, the path is not prefix /pay; checkout/all: taken, it takes every request"));
        var answer = Span("s", "c", "Server", "checkout", 11, [("mesh.why", "true")], ("mesh.why.policy", "no AuthorizationPolicy is for checkout: allowed"));

        Assert.Equal(
            [
                "GET /cart  web@v1 -> checkout@v2  200  10 ms",
                "  matched   checkout/all",
                "  called    checkout-1 at 10.0.0.1:80, in plain text",
                "  retry     this is try 2",
                "  route     checkout/pay: no, the path is not prefix /pay",
                "            checkout/all: taken, it takes every request",
                "  policy    no AuthorizationPolicy is for checkout: allowed",
                "  time      app 9 ms, network 0.2 ms, caller's sidecar 0.1 ms, callee's sidecar 0.05 ms",
            ],
            WhyStory.Lines([answer, call]));
    }

    [Fact]
    public void Story_OfAnOrdinaryRequest_TellsWhatIsKnown_AndHowToLearnMore()
    {
        var lines = WhyStory.Lines([Span("s", "", "Server", "checkout", 1, [("mesh.response_flags", "UAEX"), ("http.response.status_code", "403"), ("mesh.source.service", "web")]) with { StatusMessage = "denied" }]).ToList();

        Assert.Equal("GET /cart  web -> checkout@v1  403  10 ms", lines[0]);
        Assert.Contains("  flags     UAEX: denied", lines);
        Assert.Contains("meshinsight why --key", lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("why")]
    [InlineData("why", "0123456789abcdef0123456789abcdef", "--key")]
    public void Command_NeedsATraceOrTheKey(params string[] arguments) => Assert.NotEmpty(MeshCommand.Create(TimeProvider.System).Parse(arguments).Errors);

    private static TraceSpan Span(
        string id, string parent, string kind, string service, long start, (string Key, string Value)[] attributes, params (string Name, string Text)[] notes) => new(
            "t", id, parent, "", "GET /cart", kind, service, [new("service.version", "v1")], MeshAttributes.ProxyScope,
            [new("http.request.method", "GET"), new("url.path", "/cart"), .. attributes.Select(a => KeyValuePair.Create(a.Key, a.Value))],
            start, 10_000_000, "Unset", "",
            [.. notes.Select(n => new TraceSpanEvent(start, n.Name, [new(MeshAttributes.WhyText, n.Text)]))],
            [], 0, "", 1, "Asked");
}
