using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Publish;
using MeshInsight.ControlPlane.Registry;

namespace MeshInsight.ControlPlane.Tests.Catalog;

public class TrafficPolicyTests
{
    private static string Policy(string spec, string service = "checkout", string name = "p") => $$"""
        apiVersion: meshinsight.io/v1
        kind: TrafficPolicy
        metadata: { name: {{name}} }
        spec:
          targetRef: { group: "", kind: Service, name: {{service}} }
          {{spec}}
        """;

    private static (IReadOnlyList<ResourceDocument> Resources, List<ResourceProblem> Problems) Read(string yaml) => Documents.Read(Shop.Services, yaml);

    private static TrafficPolicy ReadGood(string spec)
    {
        var (resources, problems) = Read(Policy(spec));
        Assert.Empty(problems);
        return resources.Select(r => r.Config).OfType<TrafficPolicyConfig>().Single().Policy;
    }

    private static string ReadBad(string spec) => string.Join('\n', Read(Policy(spec)).Problems.Select(p => $"{p.Field} {p.Message} [{string.Join(", ", p.Allowed)}]"));

    [Fact]
    public void Read_TargetAlone_SwitchesNothingOn() => Assert.Equivalent(TrafficPolicy.None, ReadGood(""), strict: true);

    [Fact]
    public void Read_EmptyParts_TakeEnvoysDefaults()
    {
        var policy = ReadGood("""
            circuitBreaker: {}
              outlierDetection: { successRate: {}, failurePercentage: {} }
              slowStart: {}
              locality: {}
              healthCheck: { type: HTTP }
            """);

        Assert.Equal(new BreakerConfig(1024, 1024, 1024, 3), policy.Breaker);
        Assert.Equal(
            new OutlierConfig(5, 0, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(300), 10, new(1.9, 5, 100), new(85, 5, 50)), policy.Outlier);
        Assert.Equal(50, policy.PanicPercent);
        Assert.Equal(new SlowStartConfig(TimeSpan.FromSeconds(30), 1, 10), policy.SlowStart);
        Assert.Equal((140, 0, 0), (policy.Locality!.OverprovisioningPercent, policy.Locality.EndpointCapacity, policy.Locality.EgressCosts.Count));
        Assert.Equal(
            (HealthCheckKind.Http, "/", 200, 5.0, 1.0, 3, 1),
            (policy.HealthCheck!.Kind, policy.HealthCheck.Path, policy.HealthCheck.Statuses.Single(), policy.HealthCheck.Interval.TotalSeconds, policy.HealthCheck.Timeout.TotalSeconds, policy.HealthCheck.UnhealthyThreshold, policy.HealthCheck.HealthyThreshold));
    }

    [Theory]
    [InlineData("tcp: { idleTimeout: 2h }", 5_000, 7_200_000)]
    [InlineData("tcp: { connectTimeout: 200ms, idleTimeout: 0s }", 200, 0)]
    [InlineData("slowStart: {}", 5_000, 3_600_000)]
    public void Read_Tcp_ReachesTheSnapshot(string spec, int connectMillis, int idleMillis)
    {
        var (resources, problems) = Read(Policy(spec));
        Assert.Empty(problems);
        var snapshot = SnapshotCompiler.Compile(1, new CatalogState(resources), [], TrafficShares.None);

        Assert.Equal(new TcpConfig(TimeSpan.FromMilliseconds(connectMillis), TimeSpan.FromMilliseconds(idleMillis)), snapshot.Clusters.Single(c => c.Service == "checkout").Policy.Tcp);
        var sent = SnapshotWire.Write(snapshot, "e").Clusters.Single(c => c.Service == "checkout").Policy.Tcp;
        Assert.Equal((connectMillis, idleMillis), (sent.ConnectTimeoutMillis, sent.IdleTimeoutMillis));
    }

    [Fact]
    public void Read_RetryBudget_TakesLinkerdsDefaults_AndReachesTheSnapshot()
    {
        var (resources, problems) = Read(Policy("retryBudget: {}"));
        Assert.Empty(problems);
        var snapshot = SnapshotCompiler.Compile(1, new CatalogState(resources), [Instance("c1", "checkout", "v1")], TrafficShares.None);

        Assert.Equal(new RetryBudgetConfig(20, 10, TimeSpan.FromSeconds(10)), snapshot.Clusters.Single(c => c.Service == "checkout").Policy.RetryBudget);
        var sent = SnapshotWire.Write(snapshot, "e").Clusters.Single(c => c.Service == "checkout").Policy.RetryBudget;
        Assert.Equal((20, 10, 10_000L), (sent.Percent, sent.MinPerSecond, sent.IntervalMillis));
    }

    [Fact]
    public void Read_Overload_TakesEnvoysDefaults_AndReachesTheSnapshot()
    {
        var (resources, problems) = Read(Policy("overload: { adaptiveConcurrency: {} }"));
        Assert.Empty(problems);

        var snapshot = SnapshotCompiler.Compile(1, new CatalogState(resources), [], TrafficShares.None);

        var overload = Assert.Single(snapshot.Overloads);
        Assert.Equal(
            new ServiceOverload("checkout", new(0, new(3, 1000, TimeSpan.FromMilliseconds(100), 25, TimeSpan.FromSeconds(60), 50, 15), 1024, TimeSpan.FromMilliseconds(100))), overload);
        var sent = Assert.Single(SnapshotWire.Write(snapshot, "e").Overloads);
        Assert.Equal(("checkout", 1024, 100, 3, 1000, 60_000), (sent.Service, sent.Overload.MaxPendingRequests, sent.Overload.MaxWaitMillis, sent.Overload.Adaptive.MinConcurrency, sent.Overload.Adaptive.MaxConcurrency, sent.Overload.Adaptive.MinRttIntervalMillis));
    }

    [Theory]
    [InlineData("overload: {}", "spec.overload.maxRequests is required")]
    [InlineData("overload: { maxRequests: 0 }", "spec.overload.maxRequests must be a whole number from 1")]
    [InlineData("overload: { maxRequests: 5, maxWait: 0s }", "spec.overload.maxWait must be longer than 0")]
    [InlineData("overload: { adaptiveConcurrency: { minConcurrency: 9, maxConcurrency: 8 } }", "spec.overload.adaptiveConcurrency.minConcurrency is 9, more than maxConcurrency (8)")]
    [InlineData("overload: { adaptiveConcurrency: { minRtt: { request: 5 } } }", "spec.overload.adaptiveConcurrency.minRtt.request is not a known field")]
    [InlineData("priority: {}", "spec.priority.default is required")]
    [InlineData("priority: { default: urgent }", "spec.priority.default \"urgent\" is not a known value. [critical, high, medium, low]")]
    [InlineData("priority: { header: { values: { gold: critical } } }", "spec.priority.header.name is required")]
    [InlineData("priority: { header: { name: x-tier, values: { gold: first } } }", "spec.priority.header.values.gold \"first\" is not a known value")]
    [InlineData("priority: { header: { name: x-mesh-tier } }", "spec.priority.header.name \"x-mesh-tier\" is no header name that a client may send")]
    public void Read_OverloadOrPriority_Wrong_NamesTheField(string spec, string problem) => Assert.Contains(problem, ReadBad(spec), StringComparison.Ordinal);

    [Fact]
    public void Read_Priority_OfServiceAndRoute_ReachTheRoutes()
    {
        var (resources, problems) = Read(Policy("priority: { default: high, header: { name: x-tier, values: { gold: critical } } }") + """

            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: { name: reports, annotations: { meshinsight.io/priority: low } }
            spec:
              parentRefs: [{ kind: Service, name: checkout }]
              rules: [{ matches: [{ path: { type: PathPrefix, value: /reports } }], backendRefs: [{ name: checkout }] }, { backendRefs: [{ name: checkout }] }]
            """);
        Assert.Empty(problems);

        var routes = SnapshotCompiler.Compile(1, new CatalogState(resources), [], TrafficShares.None).Routes;

        var reports = routes.Where(r => r.Name.StartsWith("reports", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, reports.Count);
        Assert.All(reports, r => Assert.Equal((PriorityClass.Low, "x-tier", PriorityClass.Critical), (r.Priority!.Default, r.Priority.Header, r.Priority.Values["gold"])));
        Assert.All(routes.Where(r => r.Service != "checkout"), r => Assert.Null(r.Priority));
        var sent = SnapshotWire.Write(new(1, routes, []), "e").Routes.First(r => r.Service == "checkout").Priority;
        Assert.Equal((Control.V1.PriorityClass.Low, "x-tier", Control.V1.PriorityClass.Critical), (sent.Default, sent.Header, sent.Values["gold"]));
    }

    [Fact]
    public void Read_PriorityByHeaderAlone_MeansTheClassesNames()
    {
        var (resources, problems) = Read(Policy("priority: { header: { name: x-priority } }"));

        Assert.Empty(problems);
        var priority = resources.Select(r => r.Config).OfType<TrafficPolicyConfig>().Single().Priority!;
        Assert.Equal((PriorityClass.Unset, PriorityClass.High, 4), (priority.Default, priority.Values["high"], priority.Values.Count));
    }

    [Fact]
    public void Read_RouteWithAnUnknownClass_NamesTheAnnotation()
    {
        var (_, problems) = Read("""
            apiVersion: gateway.networking.k8s.io/v1
            kind: GRPCRoute
            metadata: { name: reports, annotations: { meshinsight.io/priority: urgent } }
            spec: { parentRefs: [{ kind: Service, name: checkout }], rules: [{ backendRefs: [{ name: checkout }] }] }
            """);

        Assert.Contains("meshinsight.io/priority", Assert.Single(problems).Field, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ type: leastRequest }", BalancerKind.LeastRequest, null, "")]
    [InlineData("{ type: weighted }", BalancerKind.Weighted, null, "")]
    [InlineData("{ type: ringHash, hashOn: { header: x-user } }", BalancerKind.RingHash, HashSource.Header, "x-user")]
    [InlineData("{ type: maglev, hashOn: { source: true } }", BalancerKind.Maglev, HashSource.Source, "")]
    [InlineData("{ type: maglev, hashOn: { cookie: { name: shop, ttl: 1h, path: /cart } } }", BalancerKind.Maglev, HashSource.Cookie, "shop")]
    public void Read_LoadBalancer_ByNameAndHash(string yaml, BalancerKind kind, HashSource? source, string name)
    {
        var balancer = ReadGood($"loadBalancer: {yaml}").Balancer;

        Assert.Equal((kind, source, name), (balancer.Kind, balancer.Hash?.Source, balancer.Hash?.Name ?? ""));
        Assert.Equal(source == HashSource.Cookie ? TimeSpan.FromHours(1) : TimeSpan.Zero, balancer.Hash?.CookieLife ?? TimeSpan.Zero);
    }

    [Theory]
    [InlineData("loadBalancer: { type: fastest }", "spec.loadBalancer.type \"fastest\" is not a known value. [peakEwma, leastRequest, roundRobin, weighted, random, ringHash, maglev]")]
    [InlineData("loadBalancer: { type: maglev }", "spec.loadBalancer.hashOn is required")]
    [InlineData("loadBalancer: { type: random, hashOn: { source: true } }", "spec.loadBalancer.hashOn means something for ringHash and maglev only")]
    [InlineData("loadBalancer: { type: maglev, hashOn: { header: a, source: true } }", "spec.loadBalancer.hashOn needs exactly one")]
    [InlineData("loadBalancer: { type: maglev, hashOn: {} }", "spec.loadBalancer.hashOn needs exactly one")]
    [InlineData("loadBalancer: { type: maglev, hashOn: { source: 1 } }", "spec.loadBalancer.hashOn.source must be true or false, but is the number 1")]
    [InlineData("loadBalancer: { type: maglev, hashOn: { header: 'a b' } }", "spec.loadBalancer.hashOn.header \"a b\" is not a name")]
    [InlineData("loadBalancer: { type: maglev, hashOn: { cookie: { name: c, path: 'a;b' } } }", "spec.loadBalancer.hashOn.cookie.path")]
    [InlineData("circuitBreaker: { maxRequests: 0 }", "spec.circuitBreaker.maxRequests must be a whole number from 1")]
    [InlineData("outlierDetection: { interval: 0s }", "spec.outlierDetection.interval must be longer than 0")]
    [InlineData("outlierDetection: { baseEjectionTime: 10m }", "spec.outlierDetection.maxEjectionTime must not be shorter")]
    [InlineData("outlierDetection: { consecutive5xx: 3 }", "spec.outlierDetection.consecutive5xx is not a known field. [consecutive5xxErrors")]
    [InlineData("slowStart: { aggression: 0 }", "spec.slowStart.aggression must be a number above 0")]
    [InlineData("locality: { egressCosts: [{ from: a, to: b }] }", "spec.locality.egressCosts[0].cost is required")]
    [InlineData("healthCheck: { type: TCP, path: / }", "spec.healthCheck.path is not a known field")]
    [InlineData("healthCheck: { type: HTTP, path: healthz }", "spec.healthCheck.path \"healthz\" must start with")]
    [InlineData("retry: { safeMethods: [GET] }", "spec.retry.safeMethods \"GET\" need not be declared")]
    [InlineData("tcp: { connectTimeout: 0s }", "spec.tcp.connectTimeout must be longer than 0 and at most 24h")]
    [InlineData("tcp: { idleTimeout: 25h }", "spec.tcp.idleTimeout must be at most 24h, or 0s for never")]
    [InlineData("tcp: { maxConnections: 5 }", "spec.tcp.maxConnections is not a known field. [connectTimeout, idleTimeout]")]
    [InlineData("retryBudget: { percent: 101 }", "spec.retryBudget.percent must be a whole number from 0 to 100")]
    [InlineData("retryBudget: { interval: 500ms }", "spec.retryBudget.interval must be from 1s to 1h")]
    [InlineData("retryBudget: { ratio: 0.2 }", "spec.retryBudget.ratio is not a known field. [percent, minRetriesPerSecond, interval]")]
    [InlineData("panicThresholdPercent: 101", "spec.panicThresholdPercent must be a whole number from 0 to 100")]
    public void Read_Mistake_NamesTheFieldAndWhatIsAllowed(string spec, string problem) => Assert.Contains(problem, ReadBad(spec), StringComparison.Ordinal);

    [Fact]
    public void Check_ServiceThatIsNotThere_AndTwoForOne_AreProblems()
    {
        var unknown = Read(Policy("", service: "nobody")).Problems.Single();
        Assert.Equal(("spec.targetRef.name", "there is no Service \"nobody\"."), (unknown.Field, unknown.Message));

        var second = Read(Policy("") + "\n---\n" + Policy("", name: "q")).Problems.Single();
        Assert.Equal(("q", "spec.targetRef.name"), (second.Name, second.Field));
        Assert.Contains("has the traffic policy \"p\" already", second.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_PolicyOfAService_ReachesEachOfItsVersionsAndNobodyElse()
    {
        var (resources, _) = Read(Policy("loadBalancer: { type: roundRobin }\n  circuitBreaker: { maxRequests: 7 }") + "\n---\n" + Shop.Rollout);
        var snapshot = SnapshotCompiler.Compile(1, new CatalogState(resources), [Instance("c1", "checkout", "v1"), Instance("c2", "checkout", "v2"), Instance("p1", "payment", "v1")], TrafficShares.None);

        Assert.Equal(["checkout/v1", "checkout/v2", "payment"], snapshot.Clusters.Select(c => c.Name));
        Assert.All(snapshot.Clusters.Take(2), c => Assert.Equal((BalancerKind.RoundRobin, 7), (c.Policy.Balancer.Kind, c.Policy.Breaker!.MaxRequests)));
        Assert.Same(TrafficPolicy.None, snapshot.Clusters[2].Policy);
        var wire = SnapshotWire.Write(snapshot, "e");
        Assert.Equal(7, wire.Clusters[0].Policy.Breaker.MaxRequests);
        Assert.Null(wire.Clusters[2].Policy);
    }

    [Fact]
    public void Compile_WeightAndReadiness_GoWithTheEndpoint()
    {
        var (resources, _) = Read("");
        var snapshot = SnapshotCompiler.Compile(
            1, new CatalogState(resources), [Instance("c1", "checkout", "v1") with { Weight = 5 }, Instance("c2", "checkout", "v1") with { IsReady = false }], TrafficShares.None);

        Assert.Equal([(5, true), (1, false)], snapshot.Clusters.Single(c => c.Service == "checkout").Endpoints.Select(e => (e.Weight, e.IsReady)));
    }

    [Fact]
    public void Wire_EveryPart_IsWritten()
    {
        var policy = ReadGood("""
            loadBalancer: { type: maglev, hashOn: { cookie: { name: shop, ttl: 1h } } }
              circuitBreaker: { maxConnections: 1, maxPendingRequests: 2, maxRequests: 3, maxRetries: 4 }
              outlierDetection: { consecutive5xxErrors: 5, consecutiveGatewayErrors: 6, interval: 7s, baseEjectionTime: 8s, maxEjectionTime: 9s, maxEjectionPercent: 10, successRate: { minimumHosts: 11 }, failurePercentage: { threshold: 12 } }
              panicThresholdPercent: 13
              slowStart: { window: 14s, aggression: 1.5, minWeightPercent: 15 }
              locality: { overprovisioningPercent: 160, endpointCapacity: 17, egressCosts: [{ from: a, to: b, cost: 1.8 }] }
              healthCheck: { type: GRPC, service: s, interval: 19s, timeout: 20s, unhealthyThreshold: 21, healthyThreshold: 22 }
              retry: { safeMethods: [POST] }
            """);

        var wire = TrafficPolicyWire.Write(policy);

        Assert.Equal(("Maglev", "Cookie", "shop", 3_600_000L, "/"), (wire.Balancer.ToString(), wire.Hash.Source.ToString(), wire.Hash.Name, wire.Hash.CookieLifeMillis, wire.Hash.CookiePath));
        Assert.Equal((1, 2, 3, 4), (wire.Breaker.MaxConnections, wire.Breaker.MaxPendingRequests, wire.Breaker.MaxRequests, wire.Breaker.MaxRetries));
        Assert.Equal(
            (5, 6, 7000, 8000, 9000, 10, 11, 12),
            (wire.Outlier.Consecutive5Xx, wire.Outlier.ConsecutiveGatewayErrors, wire.Outlier.IntervalMillis, wire.Outlier.BaseEjectionMillis, wire.Outlier.MaxEjectionMillis, wire.Outlier.MaxEjectionPercent, wire.Outlier.SuccessRate.MinimumHosts, wire.Outlier.FailurePercentage.Threshold));
        Assert.Equal((13, 14_000, 1.5, 15), (wire.PanicPercent, wire.SlowStart.WindowMillis, wire.SlowStart.Aggression, wire.SlowStart.MinWeightPercent));
        Assert.Equal((160, 17, 1.8), (wire.Locality.OverprovisioningPercent, wire.Locality.EndpointCapacity, wire.Locality.EgressCosts.Single().Cost));
        Assert.Equal(
            ("Grpc", "s", 19_000, 20_000, 21, 22),
            (wire.HealthCheck.Kind.ToString(), wire.HealthCheck.Service, wire.HealthCheck.IntervalMillis, wire.HealthCheck.TimeoutMillis, wire.HealthCheck.UnhealthyThreshold, wire.HealthCheck.HealthyThreshold));
        Assert.Equal(["POST"], wire.SafeMethods);
    }

    private static InstanceState Instance(string id, string service, string version) =>
        new(id, service, version, "", "127.0.0.1:1", "", ClusterProtocol.Http, IsReady: true, default, default, IsConnected: true);
}
