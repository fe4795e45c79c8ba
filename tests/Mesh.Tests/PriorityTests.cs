using System.Threading.Channels;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy.Accept;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Mesh.Tests;

/// <summary>A class that is set where a request enters, carried over hops by apps that know nothing of it, and used where there is not room for all.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class PriorityTests(EchoMesh mesh) : IDisposable
{
    private const string Policy = """
        apiVersion: meshinsight.io/v1
        kind: TrafficPolicy
        metadata: { name: echo-v1 }
        spec:
          targetRef: { group: "", kind: Service, name: echo-v1 }
          priority: { default: medium, header: { name: x-tier, values: { gold: critical, silver: high, free: low } } }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public void Dispose() => mesh.Backends["echo-v1"].Before = null;

    /// <summary>The app of echo-v1 calls echo-v2 for every request and answers with what that saw.</summary>
    private void CallOn(string passedOn)
    {
        mesh.Backends["echo-v1"].Before = async context =>
        {
            using var client = new MeshClient(mesh.Sidecars["echo-v1"].Url(ListenerSide.Outbound));
            var answer = await client.GetAsync("echo-v2/", (passedOn, context.Request.Headers[passedOn].ToString()));
            context.Response.Headers[EchoApp.BackendHeader] = "echo-v2";
            await context.Response.WriteAsync(answer.Text);
            return true;
        };
    }

    // All of it within mutual TLS: in plain text nobody is believed.
    private async Task SecuredAsync()
    {
        foreach (var caller in new[] { mesh.Caller, mesh.Sidecars["echo-v1"] })
        {
            await Eventually.HoldsAsync(() => caller.Identity is { IsReady: true } && caller.Routes.Table.Snapshot.Clusters.Where(c => c.Service is "echo-v1" or "echo-v2").All(c => c.Endpoints.All(e => e.Identity.Length > 0)));
        }
    }

    [Theory]
    [InlineData("traceparent")]
    [InlineData("baggage")]
    public async Task Class_SetAtTheEntry_SurvivesAnAppThatPassesOnOnly(string header)
    {
        await SecuredAsync();
        await using var _ = await mesh.ApplyAsync(Policy);
        CallOn(header);

        var gold = await mesh.Client.GetAsync("echo-v1/", ("x-tier", "gold"), ("baggage", "user=alice"));
        var other = await mesh.Client.GetAsync("echo-v1/");

        // The second hop: echo-v2's app, which its sidecar told.
        Assert.StartsWith(header == "baggage" ? "user=alice,mesh.priority=critical," : "mesh.priority=critical,", gold.Seen!["baggage"], StringComparison.Ordinal);
        Assert.StartsWith("mesh.priority=medium,", other.Seen!["baggage"], StringComparison.Ordinal);
        // Counted when the answer has gone out.
        await Eventually.GetAsync(() => mesh.AdminAsync("/metrics"), metrics => metrics.Contains("priority=\"critical\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Outsider_CannotRaiseItself_ByAnyHeader()
    {
        await SecuredAsync();
        using var outsider = new HttpClient { BaseAddress = mesh.Sidecars["echo-v2"].Url(ListenerSide.Inbound) };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("baggage", "user=eve,mesh.priority=critical,mesh.priority.proof=00");
        request.Headers.Add("x-mesh-source-service", "client");

        using var response = await outsider.SendAsync(request);
        var answer = System.Text.Json.JsonSerializer.Deserialize<Echo>(await response.Content.ReadAsStringAsync())!;
        var throughAnApp = await mesh.Client.GetAsync("echo-v2/", ("baggage", "mesh.priority=critical"));

        Assert.Equal("user=eve", answer["baggage"]);
        Assert.Equal("", throughAnApp.Seen!["baggage"]);
    }

    [Fact]
    public async Task SaturatedApp_ServesByClass_AndShedsTheLowestFirst()
    {
        await SecuredAsync();
        await using var _ = await mesh.ApplyAsync(Policy + "\n  overload: { maxRequests: 1, maxPendingRequests: 3, maxWait: 60s }");
        var sidecar = mesh.Sidecars["echo-v1"];
        await Eventually.HoldsAsync(() => sidecar.Overload.Gate is not null);
        var arrived = Channel.CreateUnbounded<string>();
        var permits = new SemaphoreSlim(0);
        mesh.Backends["echo-v1"].Before = async context =>
        {
            arrived.Writer.TryWrite(context.Request.Path.Value!);
            await permits.WaitAsync();
            return false;
        };
        var first = mesh.Client.GetAsync("echo-v1/first");
        Assert.Equal("/first", await arrived.Reader.ReadAsync().AsTask().WaitAsync(Patience));

        var answers = new Dictionary<string, Task<Answer>>();
        int waiting = 0;
        foreach (string tier in new[] { "free", "bronze", "silver" })
        {
            answers[tier] = mesh.Client.GetAsync("echo-v1/" + tier, ("x-tier", tier));
            waiting++;
            await Eventually.HoldsAsync(() => sidecar.Overload.Gate!.Report().Waiting.Sum() == waiting);
        }

        answers["gold"] = mesh.Client.GetAsync("echo-v1/gold", ("x-tier", "gold"));
        var shed = await answers["free"].WaitAsync(Patience);
        var order = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            permits.Release();
            order.Add(await arrived.Reader.ReadAsync().AsTask().WaitAsync(Patience));
        }

        permits.Release();
        Assert.Equal((503, "OM"), (shed.Status, shed.Header("x-mesh-response-flags")));
        Assert.Contains("of class low, was shed: displaced (OM)", shed.Text, StringComparison.Ordinal);
        Assert.Equal(["/gold", "/silver", "/bronze"], order);
        Assert.Equal(200, (await first).Status);
        Assert.All(await Task.WhenAll(answers["gold"], answers["silver"], answers["bronze"]), answer => Assert.Equal(200, answer.Status));
        var report = sidecar.Overload.Gate!.Report();
        Assert.Equal((1L, 1L, 2L, 0L), (report.Admitted[PriorityClass.Critical.Rank()], report.Admitted[PriorityClass.High.Rank()], report.Admitted[PriorityClass.Medium.Rank()], report.Admitted[PriorityClass.Low.Rank()]));
        permits.Dispose();
    }
}
