using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using FaultAbort = MeshInsight.Control.V1.FaultAbort;
using FaultDelay = MeshInsight.Control.V1.FaultDelay;

namespace MeshInsight.Proxy.Tests.Fault;

public sealed class FaultInjectionTests
{
    private static Snapshot Snapshot(FaultInjection fault, Sidecar checkout, ClusterProtocol protocol = ClusterProtocol.Http)
    {
        var snapshot = MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", protocol, checkout)]);
        snapshot.FaultInjections.Add(fault);
        return snapshot;
    }

    private static FaultInjection Abort(FaultAbort abort) => new() { Name = "broken", Services = { "checkout" }, Abort = abort };

    [Fact]
    public async Task Abort_AtTheCallersSidecar_TouchesNothingUpstreamAndSaysSoEverywhere()
    {
        await using var rig = await MeshRig.StartAsync();
        int reached = 0;
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync($"{Interlocked.Increment(ref reached)}")));
        var caller = await rig.StartCallerAsync(o => o with { AccessLog = AccessLogMode.Errors });
        var snapshot = Snapshot(Abort(new() { HttpStatus = 503, Percentage = 100 }), checkout);
        snapshot.Routes[0].Retry = MeshConfig.Retry(3, 503);
        snapshot.Clusters[0].Policy = new() { Outlier = new() { Consecutive5Xx = 1, IntervalMillis = 1000, BaseEjectionMillis = 60_000, MaxEjectionMillis = 60_000, MaxEjectionPercent = 100 } };
        await rig.PublishAsync(2, snapshot);
        using var client = MeshRig.Client(caller);

        for (int i = 0; i < 3; i++)
        {
            using var response = await client.GetAsync(new Uri("/cart", UriKind.Relative));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Equal("FI", response.Headers.GetValues("x-mesh-response-flags").Single());
            Assert.Equal("FaultInjection broken aborted it (FI)\n", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(0, reached);
        var endpoint = caller.Routes.Table.Clusters.Find("checkout/v1")!.Endpoints[0];
        Assert.Equal((Usability.Healthy, 0, 0), (endpoint.Usability, endpoint.Health.Ejections, endpoint.Pending));
        var spans = await rig.Sink.SpansAsync(3, s => s.Kind == SpanKind.Client);
        Assert.Equal(3, spans.Count);
        Assert.All(spans, s => Assert.Equal((SpanStatus.Error, "checkout", "abort", "broken", "FI"), (s.Status, s["mesh.destination.service"], s["mesh.fault"], s["mesh.fault.injection"], s["mesh.response_flags"])));
        using var admin = new HttpClient { BaseAddress = caller.Url(ListenerSide.Admin) };
        Assert.Contains("mesh_proxy_faults_injected_total{fault_injection=\"broken\",kind=\"abort\"} 3", await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
        var line = (await rig.StopAndReadLogAsync(caller))[0];
        Assert.Equal(("FI", "abort", "broken"), (line.GetProperty("response_flags").GetString(), line.GetProperty("fault").GetString(), line.GetProperty("fault_injection").GetString()));
    }

    [Fact]
    public async Task Abort_OfAGrpcCall_IsAStatusOfItsOwn()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(_ => Task.CompletedTask, HttpProtocols.Http2), ClusterProtocol.Grpc);
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, Snapshot(Abort(new() { GrpcStatus = 5, Percentage = 100 }), checkout, ClusterProtocol.Grpc));
        using var client = MeshRig.Client(caller, major: 2);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/shop.Cart/Get") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent([0, 0, 0, 0, 0]) };
        request.Content.Headers.ContentType = new("application/grpc");

        using var response = await client.SendAsync(request);

        Assert.Equal((HttpStatusCode.OK, "5"), (response.StatusCode, response.Headers.GetValues("grpc-status").Single()));
        // NOT_FOUND is the caller's business, injected or not.
        Assert.Equal(SpanStatus.Unset, Assert.Single(await rig.Sink.SpansAsync(1, s => s["mesh.fault"] == "abort")).Status);
    }

    [Fact]
    public async Task Delay_OfARequestThatThenSucceeds_IsNoFailureAndNotTheCalleesTime()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("ok")));
        var clock = new ManualTimeProvider();
        rig.Clock = clock;
        var caller = await rig.StartCallerAsync();
        var delay = TimeSpan.FromMilliseconds(400);
        var fault = new FaultInjection { Name = "slow", Services = { "checkout" }, Callers = { "web" }, Delay = new FaultDelay { FixedMillis = 400, Percentage = 100 } };
        await rig.PublishAsync(2, Snapshot(fault, checkout));
        using var client = MeshRig.Client(caller);

        var answer = client.GetStringAsync(new Uri("/cart", UriKind.Relative));
        await clock.AwaitedAsync(left => left == delay);
        clock.Advance(delay);

        Assert.Equal("ok", await answer);
        var span = Assert.Single(await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client));
        Assert.Equal((SpanStatus.Unset, "delay", "DI"), (span.Status, span["mesh.fault"], span["mesh.response_flags"]));
        Assert.Equal((0, "0"), (span.DurationNano, span["mesh.time.client_proxy_us"]));
        var server = Assert.Single(await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Server));
        Assert.Equal("", server["mesh.fault"]);
    }

    [Fact]
    public async Task Snapshot_FaultThatCannotBe_IsRefusedWithEveryProblem()
    {
        await using var rig = await MeshRig.StartAsync();
        await rig.StartCallerAsync();
        var snapshot = MeshConfig.Of([], []);
        snapshot.FaultInjections.Add(new FaultInjection { Name = "a", Services = { "x" }, Delay = new FaultDelay { FixedMillis = -1, Percentage = 101 }, MaxActive = -1 });
        snapshot.FaultInjections.Add(new FaultInjection { Name = "a", Services = { "x" }, Abort = new() { HttpStatus = 99, Percentage = double.NaN } });

        rig.Control.Publish(snapshot);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var answer = await rig.Control.Answers.Reader.ReadAsync(limit.Token);
        Assert.False(answer.Accepted);
        Assert.Equal(
            [
                "FaultInjection 'a' is there more than once; names must differ.",
                "FaultInjection 'a': delay: 101 percent; allowed are 0 to 100.",
                "FaultInjection 'a': the delay is -1 ms; allowed are 0 to a day.",
                "FaultInjection 'a': at most -1 active faults; it cannot be negative.",
                "FaultInjection 'a': abort: NaN percent; allowed are 0 to 100.",
                "FaultInjection 'a': the abort has HTTP status 99, gRPC status -1; allowed are 200 to 599, and 0 to 16.",
            ],
            answer.Problems);
    }
}
