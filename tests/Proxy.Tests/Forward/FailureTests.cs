using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Tests.Support;

namespace MeshInsight.Proxy.Tests.Forward;

public sealed class FailureTests
{
    [Fact]
    public async Task AppThatRefusesConnections_Gets503AndBlamesTheUpstream()
    {
        await using var rig = await MeshRig.StartAsync();
        using var closed = new ClosedPort();
        var checkout = await rig.StartSidecarAsync(new() { Service = "checkout", Version = "v1", AppUrl = new($"http://{closed.Address}") });
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("UF", response.Headers.GetValues("x-mesh-response-flags").Single());
        Assert.Contains("no connection to the app", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var server = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Server))[0];
        Assert.Equal(("UF", "503", SpanStatus.Error), (server["mesh.response_flags"], server["http.response.status_code"], server.Status));
    }

    [Fact]
    public async Task AppThatHangsUp_Gets503UC()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("UC", response.Headers.GetValues("x-mesh-response-flags").Single());
    }

    [Fact]
    public async Task ClusterWithoutEndpoints_Gets503UH()
    {
        await using var rig = await MeshRig.StartAsync();
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(1, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, (string[])[])]));
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "UH"), (response.StatusCode, response.Headers.GetValues("x-mesh-response-flags").Single()));
        var span = Assert.Single(await rig.Sink.SpansAsync(1));
        Assert.Equal(("checkout", "UH", SpanStatus.Error), (span["mesh.destination.service"], span["mesh.response_flags"], span.Status));
    }

    [Fact]
    public async Task RouteToUnknownCluster_Gets500NC()
    {
        await using var rig = await MeshRig.StartAsync();
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(1, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v9", 1))], []));
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/");

        Assert.Equal((HttpStatusCode.InternalServerError, "NC"), (response.StatusCode, response.Headers.GetValues("x-mesh-response-flags").Single()));
        Assert.Contains("checkout/v9", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientThatLeaves_IsBlamedAndNobodyElse()
    {
        var arrived = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            arrived.SetResult();
            await left.Task;
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        using var leave = new CancellationTokenSource();

        var request = client.GetAsync("/", leave.Token);
        await arrived.Task;
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await left.Task.WaitAsync(TimeSpan.FromSeconds(10));

        var spans = await rig.Sink.SpansAsync(2);
        Assert.All(spans, s => Assert.Equal(("DC", SpanStatus.Unset, ""), (s["mesh.response_flags"], s.Status, s["error.type"])));
        await MeshRig.CountedAsync(caller, 1);
        Assert.Contains(caller.Metrics.All, s => s.Key is { Status: 0, Flags: ResponseFlags.ClientGone });
    }

    [Fact]
    public async Task ServerError_IsAnErrorOnBothSides_ClientErrorOnNeither()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context =>
        {
            context.Response.StatusCode = context.Request.Path == "/bad" ? 404 : 500;
            return Task.CompletedTask;
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        (await client.GetAsync("/bad")).Dispose();
        (await client.GetAsync("/broken")).Dispose();

        var spans = await rig.Sink.SpansAsync(4);
        Assert.All(spans.Where(s => s["url.path"] == "/bad"), s => Assert.Equal(SpanStatus.Unset, s.Status));
        Assert.All(spans.Where(s => s["url.path"] == "/broken"), s => Assert.Equal((SpanStatus.Error, "500"), (s.Status, s["error.type"])));
    }
}
