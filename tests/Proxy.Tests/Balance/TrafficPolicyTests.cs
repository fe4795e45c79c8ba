using System.Net;
using System.Text.Json;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Health;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Snapshots;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;
using TrafficPolicy = MeshInsight.Contracts.Mesh.TrafficPolicy;

namespace MeshInsight.Proxy.Tests.Balance;

/// <summary>A policy on its way from the snapshot to requests.</summary>
public sealed class TrafficPolicyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static Control.V1.TrafficPolicy Full() => new()
    {
        Balancer = Control.V1.TrafficPolicy.Types.Balancer.Maglev,
        Hash = new() { Source = Hash.Types.Source.Cookie, Name = "c", CookieLifeMillis = 5, CookiePath = "/" },
        Breaker = new() { MaxConnections = 1, MaxPendingRequests = 2, MaxRequests = 3, MaxRetries = 4 },
        Outlier = new()
        {
            Consecutive5Xx = 5,
            ConsecutiveGatewayErrors = 6,
            IntervalMillis = 7,
            BaseEjectionMillis = 8,
            MaxEjectionMillis = 9,
            MaxEjectionPercent = 10,
            SuccessRate = new() { StdevFactor = 1.9, MinimumHosts = 11, RequestVolume = 12 },
            FailurePercentage = new() { Threshold = 13, MinimumHosts = 14, RequestVolume = 15 },
        },
        PanicPercent = 16,
        SlowStart = new() { WindowMillis = 17, Aggression = 1.5, MinWeightPercent = 18 },
        Locality = new() { OverprovisioningPercent = 140, EndpointCapacity = 19, EgressCosts = { new Control.V1.EgressCost { From = "a", To = "b", Cost = 2.5 } } },
        HealthCheck = new() { Kind = HealthCheck.Types.Kind.Http, Path = "/h", Statuses = { 200 }, IntervalMillis = 20, TimeoutMillis = 21, UnhealthyThreshold = 22, HealthyThreshold = 23 },
        SafeMethods = { "POST" },
        RetryBudget = new() { Percent = 24, MinPerSecond = 25, IntervalMillis = 26_000 },
    };

    private static Snapshot With(Control.V1.TrafficPolicy? policy)
    {
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, "10.0.0.1:80");
        cluster.Policy = policy;
        return MeshConfig.Of([], [cluster]);
    }

    [Fact]
    public void Snapshot_FromBeforePolicies_MeansWhatItDid()
    {
        var cluster = SnapshotReader.Read(With(null)).Clusters[0];

        Assert.Equal(TrafficPolicy.None, cluster.Policy);
        Assert.Equal((1, true), (cluster.Endpoints[0].Weight, cluster.Endpoints[0].IsReady));
        Assert.Empty(SnapshotValidator.Problems(SnapshotReader.Read(With(null))));
    }

    [Fact]
    public void Snapshot_EveryField_IsReadInItsPlace()
    {
        var policy = SnapshotReader.Read(With(Full())).Clusters[0].Policy;

        Assert.Equal(new(BalancerKind.Maglev, new(HashSource.Cookie, "c", TimeSpan.FromMilliseconds(5), "/")), policy.Balancer);
        Assert.Equal(new(1, 2, 3, 4), policy.Breaker);
        Assert.Equal(
            new(5, 6, TimeSpan.FromMilliseconds(7), TimeSpan.FromMilliseconds(8), TimeSpan.FromMilliseconds(9), 10, new(1.9, 11, 12), new(13, 14, 15)), policy.Outlier);
        Assert.Equal(16, policy.PanicPercent);
        Assert.Equal(new(TimeSpan.FromMilliseconds(17), 1.5, 18), policy.SlowStart);
        Assert.Equal((140, 19, new Contracts.Mesh.EgressCost("a", "b", 2.5)), (policy.Locality!.OverprovisioningPercent, policy.Locality.EndpointCapacity, policy.Locality.EgressCosts.Single()));
        Assert.Equal(
            (HealthCheckKind.Http, "/h", 200, 20.0, 21.0, 22, 23),
            (policy.HealthCheck!.Kind, policy.HealthCheck.Path, policy.HealthCheck.Statuses.Single(), policy.HealthCheck.Interval.TotalMilliseconds, policy.HealthCheck.Timeout.TotalMilliseconds, policy.HealthCheck.UnhealthyThreshold, policy.HealthCheck.HealthyThreshold));
        Assert.Equal(["POST"], policy.SafeMethods);
        Assert.Equal(new(24, 25, TimeSpan.FromSeconds(26)), policy.RetryBudget);
        Assert.Empty(SnapshotValidator.Problems(SnapshotReader.Read(With(Full()))));
    }

    [Fact]
    public void Snapshot_WithABadPolicy_NamesEveryProblem()
    {
        var policy = Full();
        policy.Hash = null;
        policy.PanicPercent = 101;
        policy.Breaker.MaxRequests = 0;
        policy.Outlier.IntervalMillis = 0;
        policy.Outlier.SuccessRate.StdevFactor = double.NaN;
        policy.Outlier.FailurePercentage.Threshold = 0;
        policy.SlowStart.Aggression = 0;
        policy.Locality.EgressCosts[0].Cost = -1;
        policy.HealthCheck.Path = "h";
        policy.HealthCheck.TimeoutMillis = -1;
        (policy.RetryBudget.Percent, policy.RetryBudget.MinPerSecond, policy.RetryBudget.IntervalMillis) = (101, -1, 0);
        var snapshot = With(policy);
        snapshot.Clusters[0].Endpoints[0].Weight = 101;

        var problems = SnapshotValidator.Problems(SnapshotReader.Read(snapshot));

        string[] fields = ["balancer", "panicPercent", "breaker.maxRequests", "outlier.interval", "outlier.successRate.stdevFactor", "outlier.failurePercentage.threshold", "slowStart.aggression", "locality.egressCosts", "healthCheck has path 'h'", "healthCheck.timeout", "retryBudget.percent", "retryBudget.minPerSecond", "retryBudget.interval", "weight 101"];
        Assert.All(fields, field => Assert.Contains(problems, p => p.StartsWith("cluster 'checkout/v1'", StringComparison.Ordinal) && p.Contains(field, StringComparison.Ordinal)));
        Assert.Equal(fields.Length, problems.Count);
    }

    [Fact]
    public async Task ConfigDump_ShowsThePolicyAndTheHealthOfEachEndpoint()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var _ = rig;
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, "127.0.0.1:9");
        cluster.Policy = Full();
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [cluster]));

        var dump = JsonDocument.Parse(await TelemetryTests.AdminAsync(caller, "/config_dump")).RootElement;

        var policy = dump.GetProperty("snapshot").GetProperty("clusters")[0].GetProperty("policy");
        Assert.Equal(("Maglev", 3), (policy.GetProperty("balancer").GetProperty("kind").GetString(), policy.GetProperty("breaker").GetProperty("maxRequests").GetInt32()));
        Assert.Equal(24, policy.GetProperty("retryBudget").GetProperty("percent").GetInt32());
        var live = dump.GetProperty("endpoints")[0];
        Assert.False(live.GetProperty("isPanicking").GetBoolean());
        Assert.Equal("Healthy", live.GetProperty("live")[0].GetProperty("usability").GetString());
    }

    [Fact]
    public async Task InstanceThatFails_IsEjected_AndComesBackByARealRequest()
    {
        await using var rig = await MeshRig.StartAsync();
        bool isSick = true;
        int calls = 0;
        var sick = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context =>
        {
            Interlocked.Increment(ref calls);
            context.Response.StatusCode = Volatile.Read(ref isSick) ? 500 : 200;
            return context.Response.WriteAsync("sick");
        }));
        var well = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("well")));
        var caller = await rig.StartCallerAsync();
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, sick, well);
        cluster.Policy = new()
        {
            Balancer = Control.V1.TrafficPolicy.Types.Balancer.RoundRobin,
            PanicPercent = 50,
            Outlier = new() { Consecutive5Xx = 3, IntervalMillis = 10_000, BaseEjectionMillis = 1, MaxEjectionMillis = 2, MaxEjectionPercent = 100 },
        };
        await rig.PublishAsync(3, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [cluster]));
        using var client = MeshRig.Client(caller);
        var state = caller.Routes.Table.Clusters.Find("checkout/v1")!;
        using var limit = new CancellationTokenSource(Patience);
        while (state.Memory.Ejections == 0)
        {
            (await client.GetAsync("/", limit.Token)).Dispose();
        }

        Assert.True(Volatile.Read(ref calls) >= 3);
        Volatile.Write(ref isSick, false);
        while (state.Endpoints[0].Health.IsEjected)
        {
            (await client.GetAsync("/", limit.Token)).Dispose();
        }

        Assert.Equal(Usability.Healthy, state.Endpoints[0].Usability);
        string metrics = await TelemetryTests.AdminAsync(caller, "/metrics");
        Assert.Contains("envoy_cluster_outlier_detection_ejections_active{envoy_cluster_name=\"checkout/v1\"} 0\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InstanceThatIsNotReady_AloneInItsCluster_IsTriedAllTheSame()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("ready after all")));
        var caller = await rig.StartCallerAsync();
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout);
        cluster.Endpoints[0].NotReady = true;
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [cluster]));
        using var client = MeshRig.Client(caller);

        Assert.Equal("ready after all", await client.GetStringAsync("/"));

        cluster.Policy = new() { PanicPercent = 0 };
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [cluster]));
        using var refused = await client.GetAsync("/");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "UH"), (refused.StatusCode, refused.Headers.GetValues("x-mesh-response-flags").Single()));
    }

    [Theory]
    [InlineData("POST", 2)]
    [InlineData("PATCH", 1)]
    public async Task Post_DeclaredSafe_IsTriedAgain(string method, int calls)
    {
        int seen = 0;
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context =>
        {
            context.Response.StatusCode = ++seen == 1 ? 503 : 200;
            return Task.CompletedTask;
        }));
        var caller = await rig.StartCallerAsync();
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout);
        cluster.Policy = new() { SafeMethods = { "POST" } };
        var route = MeshConfig.Route("checkout", ("checkout/v1", 1));
        route.Retry = MeshConfig.Retry(2, 503);
        await rig.PublishAsync(2, MeshConfig.Of([route], [cluster]));
        using var client = MeshRig.Client(caller);

        using var request = new HttpRequestMessage(new(method), "/") { Content = new StringContent("order") };
        (await client.SendAsync(request)).Dispose();

        Assert.Equal(calls, seen);
    }

    [Theory]
    [InlineData(429, "120", 120)]
    [InlineData(503, "9999", 300)]
    [InlineData(503, "0", 0)]
    [InlineData(500, "120", 0)]
    [InlineData(200, "120", 0)]
    public async Task RetryAfter_OfAnOverloadedInstance_KeepsOthersPreferredForSoLong(int status, string retryAfter, int seconds)
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = retryAfter;
            return Task.CompletedTask;
        }));
        rig.Clock = new ManualTimeProvider();
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/");

        Assert.Equal(retryAfter, response.Headers.GetValues("Retry-After").Single());
        // What a try taught is learned when its response has gone out; the books are closed after that.
        await MeshRig.CountedAsync(caller, 1);
        var endpoint = caller.Routes.Table.Clusters.Find("checkout/v1")!.Endpoints[0];
        Assert.Equal(seconds, endpoint.SparedFor.TotalSeconds);
        Assert.Equal(status != 200, endpoint.Load > 4);
    }

    [Fact]
    public void Spared_UntilItsTimeIsOver_CountsAsAFailure()
    {
        var clock = new ManualTimeProvider();
        var endpoint = Endpoints.Build(clock, TrafficPolicy.None, Endpoints.Many(1)).Endpoints[0];
        endpoint.Begin();
        endpoint.End(null, isFailure: true, TimeSpan.FromSeconds(200));

        clock.Advance(TimeSpan.FromSeconds(199));
        Assert.Equal(EndpointState.FailurePenalty.TotalSeconds, endpoint.Load, 6);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(endpoint.Load < 0.1);
    }

    [Theory]
    [InlineData(429, -1, ResponseFlags.None, true, "Success")]
    [InlineData(500, -1, ResponseFlags.None, true, "Failure")]
    [InlineData(503, -1, ResponseFlags.None, true, "GatewayFailure")]
    [InlineData(200, 13, ResponseFlags.None, true, "Failure")]
    [InlineData(200, 14, ResponseFlags.None, true, "GatewayFailure")]
    [InlineData(200, 8, ResponseFlags.None, true, "Success")]
    [InlineData(200, 5, ResponseFlags.None, false, "Success")]
    [InlineData(404, -1, ResponseFlags.None, false, "Success")]
    [InlineData(0, -1, ResponseFlags.ClientGone, false, "Unknown")]
    [InlineData(200, -1, ResponseFlags.UpstreamClosed, false, "GatewayFailure")]
    public void Outcome_ForBalancingAndForEjection_DifferOnOverload(int status, int grpc, object flags, bool isFailure, string outcome)
    {
        var attempt = new AttemptRecord { SpanId = default, Destination = Workload.Unknown, Address = "", ResendCount = 0, StartTimestamp = 0, Status = status, GrpcStatus = grpc, Flags = (ResponseFlags)flags };

        Assert.Equal((isFailure, outcome), (TryFeedback.IsFailure(attempt), TryFeedback.Outcome(attempt).ToString()));
    }
}
