using System.Globalization;
using System.Net;
using MeshInsight.Client.Tests.Support;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Abuse;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace MeshInsight.Client.Tests;

/// <summary>What reaches an app by the mesh's listener, and how the app stands in the mesh.</summary>
public sealed class InboundTests
{
    private static readonly Uri Checkout = new("http://checkout/cart");

    [Fact]
    public async Task Request_OfAnotherApp_ComesWithItsProvedIdentityAndWithoutHeadersOfTheMesh()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("checkout", context => context.Response.WriteAsync(
            $"{context.GetMeshPeer()?.Service} {context.GetMeshPeer()?.Id} {context.Request.Headers.Count(h => h.Key.StartsWith("x-mesh-source", StringComparison.OrdinalIgnoreCase))}"));
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        using var client = ClientMesh.Client(web);

        Assert.Equal("web spiffe://mesh.local/ns/default/sa/web 0", await client.GetStringAsync(Checkout));
    }

    [Fact]
    public async Task Request_WhoseBodyComesTooSlowly_IsEndedByTheServersOwnLimit_AndCounted()
    {
        await using var mesh = await ClientMesh.StartAsync();
        // Nothing but an app in the process asks for a pace: its server's default, after five seconds' grace.
        var checkout = await mesh.StartAppAsync("checkout", context => context.Request.Body.CopyToAsync(Stream.Null));
        var node = ClientMesh.Node(checkout);
        using var client = await RawClient.ConnectAsync(node.Sidecar.Url(ListenerSide.Inbound));

        await client.WriteAsync("POST /cart HTTP/1.1\r\nHost: checkout\r\nContent-Length: 100\r\n\r\na");

        using var http = new HttpClient();
        await Eventually.GetAsync(
            () => http.GetStringAsync(new Uri(node.Sidecar.Url(ListenerSide.Admin), "/metrics")),
            page => page.Contains("mesh_proxy_connections_closed_total{side=\"inbound\",reason=\"too_slow\"} 1\n", StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 408 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_ThatThePolicyDenies_NeverReachesTheApp()
    {
        bool reached = false;
        await using var mesh = await ClientMesh.StartAsync();
        var checkout = await mesh.StartAppAsync("checkout", context =>
        {
            reached = true;
            return Task.CompletedTask;
        });
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await mesh.ApplyAsync("""
            apiVersion: meshinsight.io/v1
            kind: AuthorizationPolicy
            metadata: { name: only-admin }
            spec:
              targetRefs: [{ kind: Service, name: checkout }]
              action: ALLOW
              rules: [{ from: [{ source: { principals: ["mesh.local/ns/default/sa/admin"] } }] }]
            """);
        await ClientMesh.KnowsAsync(web, "checkout");
        using var client = ClientMesh.Client(web);

        using var response = await client.GetAsync(Checkout);

        Assert.Equal((HttpStatusCode.Forbidden, "UAEX"), (response.StatusCode, response.Headers.GetValues("x-mesh-response-flags").Single()));
        Assert.False(reached);
        var refused = (await mesh.Sink.SpansAsync(1, s => s.Service == "checkout")).Single();
        Assert.Equal("403", refused["http.response.status_code"]);
        // The app's own address is the app's own business.
        using var own = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await own.GetAsync(new Uri(checkout.Urls.Single()))).StatusCode);
    }

    [Fact]
    public async Task Request_ThatCallsOn_IsOneTraceThroughBothApps()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("payment", context => context.Response.WriteAsync("paid"));
        WebApplication? checkout = null;
        checkout = await mesh.StartAppAsync("checkout", async context =>
        {
            using var client = ClientMesh.Client(checkout!);
            await context.Response.WriteAsync(await client.GetStringAsync(new Uri("http://payment.mesh/")));
        });
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout", "payment");
        await ClientMesh.KnowsAsync(web, "checkout");
        await ClientMesh.KnowsAsync(checkout, "payment");
        using var client = ClientMesh.Client(web);

        Assert.Equal("paid", await client.GetStringAsync(Checkout));

        var spans = await mesh.Sink.SpansAsync(4);
        Assert.Single(spans.Select(s => s.TraceId).Distinct());
        var server = spans.Single(s => s.Service == "checkout" && s.Kind == SpanKind.Server);
        var onward = spans.Single(s => s.Service == "checkout" && s.Kind == SpanKind.Client);
        Assert.Equal(server.SpanId.ToString(), onward["mesh.inbound_span_id"]);
        Assert.Equal(onward.SpanId, spans.Single(s => s.Service == "payment").ParentId);
        // The callee in process tells its share of the time, as a sidecar does.
        Assert.NotEqual("", onward["mesh.time.app_us"]);
    }

    [Fact]
    public async Task Request_TheAppAnswersWithAHeadOnly_EndsThere()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("checkout", context =>
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            context.Response.Headers["x-mesh-response-flags"] = "UF";
            return Task.CompletedTask;
        });
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        using var client = ClientMesh.Client(web);

        using var response = await client.GetAsync(Checkout);

        Assert.Equal((HttpStatusCode.Accepted, 0), (response.StatusCode, response.Content.Headers.ContentLength));
        Assert.False(response.Headers.Contains("x-mesh-response-flags"));
    }

    [Fact]
    public async Task Request_TheAppThrows_Is500AndAFailedSpan()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("checkout", _ => throw new InvalidOperationException("a bug"));
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        using var client = ClientMesh.Client(web);

        using var response = await client.GetAsync(Checkout);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var span = (await mesh.Sink.SpansAsync(1, s => s.Service == "checkout")).Single();
        Assert.Equal(("500", SpanStatus.Error), (span["http.response.status_code"], span.Status));
    }

    [Fact]
    public async Task Request_Bodies_AreCountedBothWays()
    {
        await using var mesh = await ClientMesh.StartAsync();
        var checkout = await mesh.StartAppAsync("checkout", async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync(new string('x', 700));
        });
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        using var client = ClientMesh.Client(web);

        (await client.PostAsync(Checkout, new StringContent(new string('y', 300)))).Dispose();
        (await client.PostAsync(Checkout, new StreamContent(new MemoryStream(new byte[200]), 10))).Dispose();

        // The bytes of responses are counted last.
        await Eventually.HoldsAsync(() => ClientMesh.Node(checkout).Sidecar.Metrics.All.Where(s => s.Key.IsInbound).Sum(s => s.ResponseBytes.Sum) == 1400);
        var series = Assert.Single(ClientMesh.Node(checkout).Sidecar.Metrics.All, s => s.Key.IsInbound);
        Assert.Equal((500, 1400), (series.RequestBytes.Sum, series.ResponseBytes.Sum));
        Assert.Equal("web", series.Key.PeerService);
    }

    [Fact]
    public async Task App_InTheMesh_IsAmongItsInstancesUntilItStops()
    {
        await using var mesh = await ClientMesh.StartAsync();
        var checkout = await mesh.StartAppAsync("checkout", _ => Task.CompletedTask);
        string address = ClientMesh.Node(checkout).Sidecar.Url(ListenerSide.Inbound).Authority;

        await Eventually.GetAsync(mesh.InstancesAsync, all => all.Contains($"checkout-v1 {address} True"));
        await checkout.StopAsync();

        // By its farewell: a lease would have gone on for seconds.
        Assert.DoesNotContain(await mesh.InstancesAsync(), i => i.StartsWith("checkout-v1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task App_ItsOwnAddresses_StayWhatTheyWere()
    {
        await using var mesh = await ClientMesh.StartAsync();
        var checkout = await mesh.StartAppAsync("checkout", context => context.Response.WriteAsync("own " + context.Connection.LocalPort.ToString(CultureInfo.InvariantCulture)));
        using var client = new HttpClient();
        var url = new Uri(Assert.Single(checkout.Urls));

        Assert.Equal("own " + url.Port.ToString(CultureInfo.InvariantCulture), await client.GetStringAsync(url));
        Assert.Equal("own " + ClientMesh.Node(checkout).Sidecar.Url(ListenerSide.Inbound).Port.ToString(CultureInfo.InvariantCulture), await client.GetStringAsync(ClientMesh.Node(checkout).Sidecar.Url(ListenerSide.Inbound)));
    }

    [Fact]
    public void Settings_Wrong_AreAllNamedAtOnce()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["MESH_INBOUND_PORT"] = "many";
        builder.Configuration["MESH_APP_URL"] = "http://127.0.0.1:5000";

        var problem = Assert.Throws<InvalidOperationException>(() => builder.AddMeshInsight());

        Assert.All(["MESH_SERVICE", "MESH_INBOUND_PORT", "MESH_APP_URL"], name => Assert.Contains(name, problem.Message, StringComparison.Ordinal));
    }
}
