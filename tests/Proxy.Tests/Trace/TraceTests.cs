using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Proxy.Trace;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Trace;

public sealed class TraceTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = "b7ad6b7169203331";

    private static async Task<(Dictionary<string, string> AtApp, SeenSpan Client, SeenSpan Server)> SendAsync(params (string Name, string Value)[] headers)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context =>
        {
            foreach (var (name, value) in context.Request.Headers)
            {
                seen[name] = value.ToString();
            }

            return context.Response.WriteAsync("ok");
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request);
        var spans = await rig.Sink.SpansAsync(2);
        return (seen, spans.Single(s => s.Kind == SpanKind.Client), spans.Single(s => s.Kind == SpanKind.Server));
    }

    [Fact]
    public async Task W3C_FromTheApp_IsContinued()
    {
        var (atApp, client, server) = await SendAsync(("traceparent", $"00-{Trace}-{Parent}-01"), ("tracestate", "vendor=a,other=b"), ("baggage", "user=7"));

        Assert.Equal((Trace, Parent), (client.TraceId.ToString(), client.ParentId.ToString()));
        Assert.Equal((Trace, client.SpanId), (server.TraceId.ToString(), server.ParentId));
        Assert.Equal($"00-{Trace}-{server.SpanId}-01", atApp["traceparent"]);
        Assert.Equal(("vendor=a,other=b", "user=7"), (atApp["tracestate"], atApp["baggage"]));
        Assert.Equal("vendor=a,other=b", server.TraceState);
    }

    [Fact]
    public async Task NoHeader_BeginsATraceWithRandomId()
    {
        var (atApp, client, server) = await SendAsync();

        Assert.Equal(default, client.ParentId);
        Assert.Equal($"00-{client.TraceId}-{server.SpanId}-03", atApp["traceparent"]);
    }

    [Theory]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    [InlineData("garbage")]
    public void InvalidTraceparent_IsDroppedWithItsState(string value)
    {
        var headers = new HeaderDictionary { ["traceparent"] = value, ["tracestate"] = "vendor=a" };

        var trace = TraceReader.Read(headers, new ConcurrentRandom(1));

        Assert.NotEqual(Trace, trace.TraceId.ToString());
        Assert.Equal(default, trace.ParentId);
        Assert.Empty(headers);
    }

    [Fact]
    public void NewerVersion_WithMoreFields_IsRead()
    {
        var headers = new HeaderDictionary { ["traceparent"] = $"01-{Trace}-{Parent}-01-more" };

        Assert.Equal(Trace, TraceReader.Read(headers, new ConcurrentRandom(1)).TraceId.ToString());
    }

    [Fact]
    public async Task B3Single_IsContinuedAndKeptUpToDate()
    {
        var (atApp, client, server) = await SendAsync(("b3", $"{Trace}-{Parent}-1-05e3ac9a4f6e3b90"));

        Assert.Equal((Trace, Parent), (client.TraceId.ToString(), client.ParentId.ToString()));
        Assert.Equal($"{Trace}-{server.SpanId}-1", atApp["b3"]);
        Assert.Equal($"00-{Trace}-{server.SpanId}-01", atApp["traceparent"]);
    }

    [Fact]
    public async Task B3Multi_WithShortTraceId_IsContinuedAndKeptUpToDate()
    {
        var (atApp, client, server) = await SendAsync(("X-B3-TraceId", "8448eb211c80319c"), ("X-B3-SpanId", Parent), ("X-B3-Sampled", "true"));

        Assert.Equal(("00000000000000008448eb211c80319c", Parent), (client.TraceId.ToString(), client.ParentId.ToString()));
        Assert.Equal(server.SpanId.ToString(), atApp["X-B3-SpanId"]);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("d")]
    public void B3_WithoutIds_BeginsATrace(string value)
    {
        var headers = new HeaderDictionary { ["b3"] = value };

        Assert.Equal(default, TraceReader.Read(headers, new ConcurrentRandom(1)).ParentId);
    }

    [Fact]
    public async Task Call_OfAnAppThatPassesHeadersOn_NamesItsInboundSpan()
    {
        await using var rig = await MeshRig.StartAsync();
        Sidecar? shop = null;
        var shopApp = await rig.StartAppAsync(async context =>
        {
            using var client = MeshRig.Client(shop!);
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://checkout.mesh/pay");
            request.Headers.Add("traceparent", context.Request.Headers["traceparent"].ToString());
            using var response = await client.SendAsync(request);
            await context.Response.WriteAsync(await response.Content.ReadAsStringAsync());
        });
        shop = await rig.StartServiceAsync("shop", "v1", shopApp);
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("paid")));
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(3, MeshConfig.Of(
            [MeshConfig.Route("shop", ("shop/v1", 1)), MeshConfig.Route("checkout", ("checkout/v1", 1))],
            [MeshConfig.Cluster("shop", "v1", default, shop), MeshConfig.Cluster("checkout", "v1", default, checkout)]));
        using var browser = MeshRig.Client(caller);

        Assert.Equal("paid", await browser.GetStringAsync("http://shop.mesh/"));

        var spans = await rig.Sink.SpansAsync(4);
        var shopServer = spans.Single(s => s is { Kind: SpanKind.Server, Service: "shop" });
        var shopClient = spans.Single(s => s is { Kind: SpanKind.Client, Service: "shop" });
        Assert.Equal(shopServer.SpanId.ToString(), shopClient["mesh.inbound_span_id"]);
        Assert.Equal(shopServer.SpanId, shopClient.ParentId);
        Assert.Single(spans.Select(s => s.TraceId).Distinct());
    }

    [Fact]
    public async Task SourceHeaders_FromTheApp_AreNotBelieved()
    {
        var (atApp, _, server) = await SendAsync(("x-mesh-source-service", "bank"), ("x-mesh-anything", "x"));

        Assert.Equal("web", server["mesh.source.service"]);
        Assert.DoesNotContain(atApp.Keys, k => k.StartsWith("x-mesh-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task ForwardedHeaders_ReachTheApp()
    {
        var (atApp, _, _) = await SendAsync(("X-Forwarded-For", "203.0.113.7"));

        Assert.Equal("203.0.113.7, 127.0.0.1", atApp["X-Forwarded-For"].Replace(",", ", ", StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal));
        Assert.Equal(("http", "checkout.mesh"), (atApp["X-Forwarded-Proto"], atApp["X-Forwarded-Host"]));
    }

    [Fact]
    public void OpenInbound_WithManyOfOneTrace_PrefersTheParentThenTheNewest()
    {
        var open = new OpenInbound();
        var trace = new TraceId(1, 2);
        open.Add(trace, new(10));
        open.Add(trace, new(11));

        Assert.Equal(new SpanId(10), open.Find(trace, new(10)).SpanId);
        Assert.Equal(new SpanId(11), open.Find(trace, new(99)).SpanId);
        open.Remove(trace, new(11));
        Assert.Equal(new SpanId(10), open.Find(trace, new(99)).SpanId);
        open.Remove(trace, new(10));
        Assert.Equal(default, open.Find(trace, new(99)).SpanId);
    }

    [Fact]
    public void OpenInbound_OverFull_ForgetsTheOldestOnly()
    {
        var open = new OpenInbound();
        var trace = new TraceId(1, 2);
        for (ulong i = 1; i <= 9; i++)
        {
            open.Add(trace, new(i));
        }

        Assert.Equal(new SpanId(9), open.Find(trace, new(1)).SpanId);
        Assert.Equal(new SpanId(2), open.Find(trace, new(2)).SpanId);
    }
}
