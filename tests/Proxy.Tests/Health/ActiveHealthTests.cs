using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Grpc.Server;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Health;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using TrafficPolicy = MeshInsight.Contracts.Mesh.TrafficPolicy;

namespace MeshInsight.Proxy.Tests.Health;

public sealed class ActiveHealthTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly HealthCheckConfig Config = new(HealthCheckKind.Http, "/", "", [200], TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), 3, 2);

    private static HealthCheck Check(HealthCheck.Types.Kind kind) => new()
    {
        Kind = kind,
        Path = kind == HealthCheck.Types.Kind.Http ? "/healthz" : "",
        Statuses = { 200 },
        IntervalMillis = 20,
        TimeoutMillis = 10_000,
        UnhealthyThreshold = 2,
        HealthyThreshold = 1,
    };

    private static Task UntilAsync(Sidecar caller, string instance, Usability usability) =>
        Eventually.HoldsAsync(() => caller.Routes.Table.Clusters.Find("checkout/v1")!.Find(instance).Usability == usability, Patience);

    private static async Task<(Sidecar Caller, string Instance)> PublishAsync(MeshRig rig, HealthCheck check, ClusterProtocol protocol, params Sidecar[] instances)
    {
        var caller = await rig.StartCallerAsync();
        var cluster = MeshConfig.Cluster("checkout", "v1", protocol, instances);
        cluster.Policy = new() { PanicPercent = 0, HealthCheck = check };
        await rig.PublishAsync(1 + instances.Length, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [cluster]));
        await CallAsync(caller);
        return (caller, cluster.Endpoints[0].InstanceId);
    }

    // What nobody calls is not checked.
    private static async Task CallAsync(Sidecar caller)
    {
        using var client = MeshRig.Client(caller);
        (await client.GetAsync("/")).Dispose();
    }

    [Fact]
    public void Checks_InARow_DecideByTheirThresholds()
    {
        var endpoint = Endpoints.Build(TimeProvider.System, TrafficPolicy.None, Endpoints.Many(1)).Endpoints[0];
        var check = new EndpointCheck(endpoint);
        var seen = new List<bool>();
        foreach (bool isGood in new[] { false, false, true, false, false, false, true, false, true, true })
        {
            check.Take(isGood, Config);
            seen.Add(endpoint.Health.IsUnhealthy);
        }

        Assert.Equal([false, false, false, false, false, true, true, true, true, false], seen);
    }

    [Fact]
    public async Task Http_AppThatSaysItIsSick_GetsNoRequestsUntilItIsWell()
    {
        await using var rig = await MeshRig.StartAsync();
        var sick = new ConcurrentDictionary<string, bool>();
        Task<Sidecar> StartAsync(string name) => StartServiceAsync(rig, context =>
        {
            context.Response.StatusCode = context.Request.Path == "/healthz" && sick.ContainsKey(name) ? 503 : 200;
            return context.Response.WriteAsync(name);
        });
        var (caller, first) = await PublishAsync(rig, Check(HealthCheck.Types.Kind.Http), ClusterProtocol.Http, await StartAsync("one"), await StartAsync("two"));
        using var client = MeshRig.Client(caller);

        sick["one"] = true;
        await UntilAsync(caller, first, Usability.Unhealthy);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("two", await client.GetStringAsync("/"));
        }

        string metrics = await TelemetryTests.AdminAsync(caller, "/metrics");
        Assert.Contains("envoy_cluster_membership_healthy{envoy_cluster_name=\"checkout/v1\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("envoy_cluster_health_check_failure{envoy_cluster_name=\"checkout/v1\"} 0\n", metrics, StringComparison.Ordinal);
        sick.Clear();
        await UntilAsync(caller, first, Usability.Healthy);
    }

    [Fact]
    public async Task Http_WhenThePolicyIsTakenAway_NothingIsHeldAgainstAnyone()
    {
        await using var rig = await MeshRig.StartAsync();
        var service = await StartServiceAsync(rig, context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        var (caller, first) = await PublishAsync(rig, Check(HealthCheck.Types.Kind.Http), ClusterProtocol.Http, service);
        await UntilAsync(caller, first, Usability.Unhealthy);

        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, service)]));

        await UntilAsync(caller, first, Usability.Healthy);
    }

    [Fact]
    public async Task Grpc_StatusOfTheNamedService_Decides()
    {
        await using var rig = await MeshRig.StartAsync();
        // grpc.health.v1: {service: string = 1} → {status: enum = 1}; wrappers have the same shape.
        int status = 1;
        var asked = new ConcurrentQueue<string>();
        var app = await rig.StartAppAsync(_ => Task.CompletedTask, HttpProtocols.Http2, map => map.MapGrpcUnary<StringValue, Int32Value>(
            "/grpc.health.v1.Health/Check",
            StringValue.Parser,
            (request, _) =>
            {
                asked.Enqueue(request.Value);
                return Task.FromResult(new Int32Value { Value = Volatile.Read(ref status) });
            }));
        var check = Check(HealthCheck.Types.Kind.Grpc);
        check.Service = "shop.v1.Echo";
        var (caller, first) = await PublishAsync(rig, check, ClusterProtocol.Grpc, await rig.StartServiceAsync("checkout", "v1", app, ClusterProtocol.Grpc));

        Volatile.Write(ref status, 2);
        await UntilAsync(caller, first, Usability.Unhealthy);
        Volatile.Write(ref status, 1);
        await UntilAsync(caller, first, Usability.Healthy);

        Assert.All(asked, service => Assert.Equal("shop.v1.Echo", service));
    }

    [Fact]
    public async Task Tcp_PortThatRefuses_IsUnhealthy()
    {
        await using var rig = await MeshRig.StartAsync();
        using var closed = new ClosedPort();
        var caller = await rig.StartCallerAsync();
        var live = await StartServiceAsync(rig, context => context.Response.WriteAsync("live"));
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, closed.Address, live.Url(ListenerSide.Inbound).Authority);
        cluster.Policy = new() { HealthCheck = Check(HealthCheck.Types.Kind.Tcp) };
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [cluster]));

        await CallAsync(caller);
        await UntilAsync(caller, cluster.Endpoints[0].InstanceId, Usability.Unhealthy);

        using var client = MeshRig.Client(caller);
        Assert.Equal("live", await client.GetStringAsync("/"));
    }

    // Without xunit's context, within which what a timer sets off would go to other threads and not be over when the clock has moved.
    [Fact]
    public Task Checker_NeverAsksAnEndpointTwiceAtOnce_AndOnceForTwoClusters() => Task.Run(async () =>
    {
        var clock = new ManualTimeProvider();
        var probe = new FakeProbe();
        var config = Endpoints.Cluster(TrafficPolicy.None with { HealthCheck = Config with { Timeout = TimeSpan.FromHours(1) } }, Endpoints.Many(1));
        var table = ClusterTable.Build([config, config with { Name = "checkout" }], ClusterTable.Empty, clock);
        var random = new ConcurrentRandom(1);
        table.Find("checkout")!.Pick(random, null);
        table.Find(Endpoints.ClusterName)!.Pick(random, null);
        var checker = new ActiveHealthChecker(() => table.Clusters, new Dictionary<HealthCheckKind, IHealthProbe> { [HealthCheckKind.Http] = probe }, clock, random);
        using var stopping = new CancellationTokenSource();
        var running = checker.RunAsync(stopping.Token);

        for (int i = 0; i < 200; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Single(probe.Asked);
        probe.Asked[0].SetResult(false);
        for (int i = 0; i < 51; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(2, probe.Asked.Count);
        Assert.Equal((1, 1), checker.Counts(Endpoints.ClusterName));
        probe.Asked[1].SetResult(true);
        Assert.Equal((2, 1), checker.Counts(Endpoints.ClusterName));
        await stopping.CancelAsync();
        await running;
    });

    private static async Task<Sidecar> StartServiceAsync(MeshRig rig, RequestDelegate app) => await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(app));

    private sealed class FakeProbe : IHealthProbe
    {
        public List<TaskCompletionSource<bool>> Asked { get; } = [];

        public Task<bool> CheckAsync(ClusterConfig cluster, EndpointConfig endpoint, HealthCheckConfig config, CancellationToken cancellation)
        {
            Asked.Add(new());
            return Asked[^1].Task;
        }
    }
}
