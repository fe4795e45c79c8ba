using System.Net;
using MeshInsight.Client.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MeshInsight.Client.Tests;

/// <summary>Where calls by an app's HttpClients go, and what becomes of them there.</summary>
public sealed class OutboundTests
{
    private static readonly Uri Checkout = new("http://checkout/cart?x=1");

    [Fact]
    public async Task Call_ToAServiceBehindASidecar_GoesByMutualTlsAndIsOneTrace()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartSidecarAsync("checkout", async context =>
            await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Host} {context.Request.Path.Value}{context.Request.QueryString} {await new StreamReader(context.Request.Body).ReadToEndAsync()}"));
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout", "web");
        await ClientMesh.KnowsAsync(web, "checkout");

        using var client = ClientMesh.Client(web);
        using var response = await client.PostAsync(new Uri("http://checkout.mesh/a%20b/c?x=1"), new StringContent("body"));

        Assert.Equal("POST checkout.mesh /a b/c?x=1 body", await response.Content.ReadAsStringAsync());
        var spans = await mesh.Sink.SpansAsync(2);
        var (caller, callee) = (spans.Single(s => s.Service == "web"), spans.Single(s => s.Service == "checkout"));
        Assert.Equal((caller.TraceId, caller.SpanId), (callee.TraceId, callee.ParentId));
        Assert.EndsWith("/sa/web", callee["mesh.peer.principal"], StringComparison.Ordinal);
        Assert.EndsWith("/sa/checkout", caller["mesh.peer.principal"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_WeightsOfARoute_AreRespectedAndFollowedWhenTheyShift()
    {
        const int Calls = 400;
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartSidecarAsync("checkout-a", context => context.Response.WriteAsync("a"));
        await mesh.StartAppAsync("checkout-b", context => context.Response.WriteAsync("b"));
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout", "checkout-a", "checkout-b");
        await mesh.ApplyAsync(Split(75, 25));
        await ClientMesh.KnowsAsync(web, "checkout-a");
        await ClientMesh.KnowsAsync(web, "checkout-b");
        using var client = ClientMesh.Client(web);

        int shares = await CountAsync(client, Calls, "b");
        await mesh.ApplyAsync(Split(0, 100));
        int after = await CountAsync(client, Calls, "b");

        // A quarter of 400, within five standard deviations.
        Assert.InRange(shares, 100 - 44, 100 + 44);
        Assert.Equal(Calls, after);
    }

    [Fact]
    public async Task Call_FailsAndMayBeRetried_IsRetriedWithinTheMesh()
    {
        int seen = 0;
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("checkout", async context =>
        {
            string body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            context.Response.StatusCode = Interlocked.Increment(ref seen) == 1 ? 503 : 200;
            await context.Response.WriteAsync(body);
        });
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await mesh.ApplyAsync("""
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: { name: checkout }
            spec:
              parentRefs: [{ group: "", kind: Service, name: checkout }]
              rules: [{ backendRefs: [{ name: checkout, port: 80 }], retry: { attempts: 2, codes: [503], backoff: 1ms } }]
            """);
        await ClientMesh.KnowsAsync(web, "checkout");

        using var client = ClientMesh.Client(web);
        using var response = await client.PutAsync(Checkout, new StringContent("again"));

        Assert.Equal((HttpStatusCode.OK, "again"), (response.StatusCode, await response.Content.ReadAsStringAsync()));
        var tries = await mesh.Sink.SpansAsync(2, s => s.Service == "web");
        Assert.Equal("1", tries.Single(s => s["http.request.resend_count"].Length > 0)["http.request.resend_count"]);
    }

    [Fact]
    public async Task Call_ControlPlaneDies_GoesOnByTheLastSnapshot()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("checkout", context => context.Response.WriteAsync("there"));
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");
        using var client = ClientMesh.Client(web);

        await mesh.StopControlPlaneAsync();

        Assert.Equal("there", await client.GetStringAsync(Checkout));
    }

    [Fact]
    public async Task Call_NotOfTheMesh_GoesOutAsBeforeThroughTheAppsOwnHandlers()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await using var outside = await Proxy.Tests.Support.TestApp.StartAsync(context => context.Response.WriteAsync("outside " + context.Request.Headers["x-own"]));
        await mesh.StartAppAsync("checkout", context => context.Response.WriteAsync("mesh " + context.Request.Headers["x-own"]));
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask, builder =>
        {
            builder.Services.AddTransient<OwnHandler>();
            builder.Services.AddHttpClient("own").AddHttpMessageHandler<OwnHandler>();
        });
        await mesh.DeclareAsync("checkout");
        await ClientMesh.KnowsAsync(web, "checkout");

        using var client = web.Services.GetRequiredService<IHttpClientFactory>().CreateClient("own");

        Assert.Equal("outside yes", await client.GetStringAsync(outside.Url));
        Assert.Equal("mesh yes", await client.GetStringAsync(Checkout));
    }

    [Fact]
    public async Task Call_NobodyIsThere_IsAnsweredAsASidecarWould()
    {
        await using var mesh = await ClientMesh.StartAsync();
        var web = await mesh.StartAppAsync("web", _ => Task.CompletedTask);
        await mesh.DeclareAsync("checkout");
        using var client = ClientMesh.Client(web);

        using var unknown = await client.GetAsync(new Uri("http://nobody.mesh/"));
        using var empty = await client.GetAsync(Checkout);

        Assert.Equal((HttpStatusCode.NotFound, "NR"), (unknown.StatusCode, unknown.Headers.GetValues("x-mesh-response-flags").Single()));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "UH"), (empty.StatusCode, empty.Headers.GetValues("x-mesh-response-flags").Single()));
    }

    [Fact]
    public async Task Worker_WithoutAServer_CallsTheMeshToo()
    {
        await using var mesh = await ClientMesh.StartAsync();
        await mesh.StartAppAsync("checkout", context => context.Response.WriteAsync("hello " + context.GetMeshPeer()?.Service));
        await mesh.DeclareAsync("checkout");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        foreach (var (name, value) in mesh.Settings("worker"))
        {
            builder.Configuration[name] = value;
        }

        builder.AddMeshInsight();
        using var host = builder.Build();
        await host.StartAsync();
        var node = host.Services.GetRequiredService<MeshNode>();
        await Eventually.HoldsAsync(() => node.Sidecar.Identity!.IsReady
            && node.Sidecar.Routes.Table.Snapshot.Clusters.Any(c => c.Service == "checkout" && c.Endpoints.Any(e => e.Identity.Length > 0)));
        using var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient();

        Assert.Equal("hello worker", await client.GetStringAsync(Checkout));
        await host.StopAsync();
    }

    private static string Split(int a, int b) => $$"""
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: { name: checkout }
        spec:
          parentRefs: [{ group: "", kind: Service, name: checkout }]
          rules: [{ backendRefs: [{ name: checkout-a, port: 80, weight: {{a}} }, { name: checkout-b, port: 80, weight: {{b}} }] }]
        """;

    private static async Task<int> CountAsync(HttpClient client, int calls, string answer)
    {
        int count = 0;
        for (int i = 0; i < calls; i++)
        {
            count += await client.GetStringAsync(Checkout) == answer ? 1 : 0;
        }

        return count;
    }

    private sealed class OwnHandler : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Add("x-own", "yes");
            return base.SendAsync(request, cancellationToken);
        }
    }
}
