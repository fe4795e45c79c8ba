using System.Net;
using System.Net.Http.Json;
using MeshInsight.Testing;

namespace MeshInsight.Cli.Tests.Shop;

/// <summary>Services of the shop as real processes; a small server stands in for the sidecar.</summary>
public sealed class ShopProgramTests
{
    [Fact]
    public async Task Request_WithTraceContext_HandsItOnUnchanged()
    {
        const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var sidecar = await FakeSidecar.StartAsync();
        await using var cart = Start("cart", sidecar.Url);
        var app = await cart.ListeningAsync("app");
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(app, "carts/me/items"));
        request.Headers.Add("traceparent", TraceParent);
        request.Headers.Add("tracestate", "ot=th:8");

        using var response = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var seen = Assert.Single(sidecar.Requests);
        Assert.Equal("catalog.mesh", seen.Host);
        Assert.Equal(TraceParent, seen.TraceParent);
        Assert.Equal("ot=th:8", seen.TraceState);
    }

    [Fact]
    public async Task Fault_Injected_IsSignedByTheServiceThatFailed()
    {
        await using var sidecar = await FakeSidecar.StartAsync();
        await using var catalog = Start("catalog", sidecar.Url);
        var app = await catalog.ListeningAsync("app");
        var admin = await catalog.ListeningAsync("faults");
        using var http = new HttpClient();
        using var set = await http.PostAsJsonAsync(new Uri(admin, "faults"), new { errorShare = 1.0 });

        using var response = await http.GetAsync(new Uri(app, "products"));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("app catalog v1", response.Headers.GetValues("x-shop-failure").Single());
    }

    [Fact]
    public async Task Callee_AnswersWithASignedError_IsStillToBlame()
    {
        await using var sidecar = await FakeSidecar.StartAsync(failure: "app catalog v1");
        await using var cart = Start("cart", sidecar.Url);
        using var http = new HttpClient();

        using var response = await http.PostAsync(new Uri(await cart.ListeningAsync("app"), "carts/me/items"), null);

        Assert.Equal("app catalog v1", response.Headers.GetValues("x-shop-failure").Single());
    }

    [Fact]
    public async Task Callee_NotReached_IsTheMeshesFault()
    {
        await using var cart = Start("cart", new Uri("http://127.0.0.1:1"));
        using var http = new HttpClient();

        using var response = await http.PostAsync(new Uri(await cart.ListeningAsync("app"), "carts/me/items"), null);

        Assert.StartsWith("mesh catalog", response.Headers.GetValues("x-shop-failure").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_AskedThroughTheAppsListener_AreNotThere()
    {
        await using var catalog = Start("catalog", new Uri("http://127.0.0.1:1"));
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(await catalog.ListeningAsync("app"), "faults"));
        request.Headers.Host = (await catalog.ListeningAsync("faults")).Authority;

        using var response = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Plan_Impossible_IsRefusedByName()
    {
        await using var catalog = Start("catalog", new Uri("http://127.0.0.1:1"));
        using var http = new HttpClient();

        using var response = await http.PostAsJsonAsync(new Uri(await catalog.ListeningAsync("faults"), "faults"), new { errorShare = 7 });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("errorShare is 7; it may be 0 to 1.", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static ProgramProcess Start(string role, Uri sidecar) => ProgramProcess.Start(
        Repository.ProgramPath("Shop"), new Dictionary<string, string> { ["SHOP_MESH_URL"] = sidecar.ToString(), ["SHOP_PORT"] = "0" }, role);
}
