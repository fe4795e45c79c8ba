using System.Net;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Forward;

public sealed class ForwardingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Request_ThroughTwoSidecars_ArrivesWhole(int major)
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            context.Response.Headers["x-app"] = "checkout";
            await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Host} {context.Request.Path}{context.Request.QueryString} {context.Request.Headers["x-test"]} {await body.ReadToEndAsync()}");
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller, major);

        using var request = new HttpRequestMessage(HttpMethod.Post, "/cart/a%20b?x=1&y=%2F") { Content = new StringContent("hello") };
        request.Version = client.DefaultRequestVersion;
        request.VersionPolicy = client.DefaultVersionPolicy;
        request.Headers.Add("x-test", "kept");
        using var response = await client.SendAsync(request);

        Assert.Equal("POST checkout.mesh /cart/a%20b?x=1&y=%2F kept hello", await response.Content.ReadAsStringAsync());
        Assert.Equal("checkout", response.Headers.GetValues("x-app").Single());
        Assert.Equal(major, response.Version.Major);
    }

    [Fact]
    public async Task Request_ThroughTwoSidecars_LeavesClientAndServerSpansThatJoin()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        await client.GetStringAsync("/cart");

        var spans = await rig.Sink.SpansAsync(2);
        var outbound = Assert.Single(spans, s => s.Kind == SpanKind.Client);
        var inbound = Assert.Single(spans, s => s.Kind == SpanKind.Server);
        Assert.Equal(outbound.TraceId, inbound.TraceId);
        Assert.Equal(outbound.SpanId, inbound.ParentId);
        Assert.Equal(("web", "checkout"), (outbound.Service, inbound.Service));
        Assert.Equal("GET", outbound.Name);
        Assert.Equal("/cart", outbound["url.path"]);
        Assert.Equal("checkout", outbound["mesh.destination.service"]);
        Assert.Equal("v1", outbound["mesh.destination.version"]);
        Assert.Equal(("web", "v1"), (inbound["mesh.source.service"], inbound["mesh.source.version"]));
        Assert.Equal("200", inbound["http.response.status_code"]);
        Assert.Equal(SpanStatus.Unset, inbound.Status);
        Assert.InRange(long.Parse(outbound["mesh.time.client_proxy_us"]), 1, outbound.DurationNano / 1000);
    }

    [Fact]
    public async Task AbsoluteForm_ThroughProxySetting_FindsTheService()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => context.Response.WriteAsync(context.Request.Host + context.Request.Path));
        await using var _ = rig;
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy(caller.Url(ListenerSide.Outbound)), UseProxy = true };
        using var client = new HttpClient(handler);

        Assert.Equal("checkout.mesh:8080/cart", await client.GetStringAsync("http://checkout.mesh:8080/cart"));
    }

    [Fact]
    public async Task Service_WithoutRoute_Gets404WithReason()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("http://unknown.mesh/");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("NR", response.Headers.GetValues("x-mesh-response-flags").Single());
        Assert.Contains("no route", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var span = Assert.Single(await rig.Sink.SpansAsync(1));
        Assert.Equal("NR", span["mesh.response_flags"]);
    }
}
