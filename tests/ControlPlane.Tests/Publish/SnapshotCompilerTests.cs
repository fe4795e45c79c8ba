using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Publish;
using MeshInsight.ControlPlane.Registry;

namespace MeshInsight.ControlPlane.Tests.Publish;

public class SnapshotCompilerTests
{
    [Fact]
    public void Compile_RulesOfOneService_SortsAsTheGatewayApiAsks()
    {
        var snapshot = Compile(Shop.Services + "\n---\n" + Shop.Route, TrafficShares.None, Instance("c1", "checkout", "v1"));

        Assert.Equal(["/cart/special", "/cart/long", "/cart"], snapshot.Routes.Where(r => r.Service == "checkout").Select(r => r.Matches[0].Path));
        Assert.Equal("checkout/0.1", snapshot.Routes[0].Name);
        var split = snapshot.Routes[1].Clusters;
        Assert.Equal([new WeightedCluster("checkout/v1", 300), new WeightedCluster("payment", 100)], split);
    }

    [Theory]
    [InlineData("[{ path: { value: / } }]", "[{ path: { type: Exact, value: / } }]")]
    [InlineData("[{ path: { value: /a } }]", "[{ path: { value: /a/b } }]")]
    [InlineData("[{ path: { value: /a } }]", "[{ path: { value: /a }, method: GET }]")]
    [InlineData("[{ path: { value: /a }, headers: [{ name: a, value: b }] }]", "[{ path: { value: /a }, method: GET }]")]
    [InlineData("[{ path: { value: /a } }]", "[{ path: { value: /a }, headers: [{ name: a, value: b }] }]")]
    [InlineData("[{ path: { value: /a }, headers: [{ name: a, value: b }] }]", "[{ path: { value: /a }, headers: [{ name: a, value: b }, { name: c, value: d }] }]")]
    public void Compile_TwoRules_PutsTheMoreSpecificFirst(string less, string more)
    {
        string route = $$"""
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: { name: r }
            spec:
              parentRefs: [{ kind: Service, name: checkout }]
              rules:
                - { matches: {{less}}, backendRefs: [{ name: checkout }] }
                - { matches: {{more}}, backendRefs: [{ name: checkout }] }
            """;
        var snapshot = Compile(Shop.Services + "\n---\n" + route, TrafficShares.None);

        Assert.Equal(["r/1", "r/0"], snapshot.Routes.Where(r => r.Service == "checkout").Select(r => r.Name));
    }

    [Fact]
    public void Compile_ServiceWithoutRoute_GetsADefaultToAllItsInstances()
    {
        var snapshot = Compile("", TrafficShares.None, Instance("x1", "extra", "v1"), Instance("x2", "extra", "v2"), Instance("caller", "loadgen", "v1", address: ""));

        var route = Assert.Single(snapshot.Routes);
        Assert.Equal(new WeightedCluster("extra", 100), Assert.Single(route.Clusters));
        Assert.Equal(["x1", "x2"], Assert.Single(snapshot.Clusters).Endpoints.Select(e => e.InstanceId));
    }

    [Theory]
    [InlineData(0, true, true, 100, 0)]
    [InlineData(10, true, true, 90, 10)]
    [InlineData(100, true, true, 0, 100)]
    [InlineData(10, true, false, 100, 0)]
    [InlineData(10, false, true, 0, 100)]
    [InlineData(0, false, true, 100, 0)]
    [InlineData(10, false, false, 90, 10)]
    public void Compile_Rollout_SplitsByShareUnlessAnArmHasNoInstance(int percent, bool hasStable, bool hasCanary, int stable, int canary)
    {
        var instances = new List<InstanceState>();
        instances.AddRange(hasStable ? [Instance("c1", "checkout", "v1")] : []);
        instances.AddRange(hasCanary ? [Instance("c2", "checkout", "v2")] : []);

        var snapshot = Compile(Shop.Services, Shares(percent), [.. instances]);

        Assert.Equal(
            [new WeightedCluster("checkout/v1", stable), new WeightedCluster("checkout/v2", canary)],
            snapshot.Routes.Single(r => r.Service == "checkout").Clusters);
    }

    [Fact]
    public void Compile_RolloutNotTakenUpYet_LetsNobodyIn()
    {
        var snapshot = Compile(Shop.Services + "\n---\n" + Shop.Rollout, TrafficShares.None, Instance("c1", "checkout", "v1"), Instance("c2", "checkout", "v2"));

        Assert.Equal(
            [new WeightedCluster("checkout/v1", 100), new WeightedCluster("checkout/v2", 0)],
            snapshot.Routes.Single(r => r.Service == "checkout").Clusters);
    }

    [Fact]
    public void Compile_RouteWithRollout_MultipliesWeights()
    {
        var shares = Shares(10);
        string route = Shop.Route.Replace("version: v1, weight: 3", "weight: 3");
        var snapshot = Compile(Shop.Services + "\n---\n" + route, shares, Instance("c1", "checkout", "v1"), Instance("c2", "checkout", "v2"));

        Assert.Equal(
            [new WeightedCluster("checkout/v1", 270), new WeightedCluster("checkout/v2", 30), new WeightedCluster("payment", 100)],
            snapshot.Routes.Single(r => r.Name == "checkout/1").Clusters);
    }

    [Fact]
    public void Compile_DefaultVersion_KeepsOthersOut()
    {
        var snapshot = Compile(Shop.Services.Replace("versions: [v1, v2]", "versions: [v1, v2]\n  defaultVersion: v1"), TrafficShares.None,
            Instance("c1", "checkout", "v1"), Instance("c2", "checkout", "v2"));

        Assert.Equal("checkout/v1", Assert.Single(snapshot.Routes.Single(r => r.Service == "checkout").Clusters).Cluster);
    }

    [Fact]
    public void Compile_ShiftedInstance_KeepsItsShare()
    {
        var shares = new TrafficShares(new Dictionary<string, VersionSplit>(), new Dictionary<string, int> { ["c2"] = 5 });
        var snapshot = Compile(Shop.Services, shares, Instance("c1", "checkout", "v1"), Instance("c2", "checkout", "v1"));

        Assert.Equal([100, 5], snapshot.Clusters.Single(c => c.Service == "checkout").Endpoints.Select(e => e.KeepPercent));
    }

    [Fact]
    public void Compile_InstanceThatIsNotReady_IsTheLastResort()
    {
        var snapshot = Compile(Shop.Services, TrafficShares.None, Instance("c1", "checkout", "v1") with { IsReady = false });

        Assert.False(snapshot.Clusters.Single(c => c.Service == "checkout").Endpoints.Single().IsReady);
    }

    [Fact]
    public void Compile_RouteOfOnePort_LeavesTheOthersTheirDefault()
    {
        string services = Shop.Services.Replace("[{ name: http, port: 80, protocol: HTTP }]", "[{ name: http, port: 80 }, { name: admin, port: 8080 }, { name: debug, port: 9090 }]");
        string routes = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: { name: r }
            spec:
              parentRefs: [{ kind: Service, name: checkout, sectionName: http }, { kind: Service, name: checkout, port: 9090 }]
              rules: [{ matches: [{ path: { value: /a } }], backendRefs: [{ name: checkout }] }]
            """;

        var snapshot = Compile(services + "\n---\n" + routes, TrafficShares.None);

        var checkout = snapshot.Routes.Where(r => r.Service == "checkout").Select(r => (r.Name, r.Port)).Order();
        Assert.Equal([("checkout/default/8080", 8080), ("r/0", 80), ("r/0", 9090)], checkout);
        var ports = Assert.Single(snapshot.Services);
        Assert.Equal(("checkout", "80 8080 9090"), (ports.Service, string.Join(' ', ports.Ports)));
    }

    [Fact]
    public void Compile_MirrorAndBackendFilters_KeepBackendsApart()
    {
        string route = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: { name: r }
            spec:
              parentRefs: [{ kind: Service, name: checkout }]
              rules:
                - filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: checkout, version: v2 }, fraction: { numerator: 1, denominator: 1000 } } }]
                  backendRefs:
                    - { name: checkout, version: v1, weight: 2 }
                    - { name: checkout, version: v1, weight: 3, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-debug] } }] }
                    - { name: checkout, version: v1, weight: 5 }
            """;

        var config = Compile(Shop.Services + "\n---\n" + route, TrafficShares.None).Routes.Single(r => r.Name == "r/0");

        Assert.Equal([700, 300], config.Clusters.Select(c => c.Weight));
        Assert.Equal(["x-debug"], config.Clusters[1].Request!.Remove);
        var mirror = Assert.Single(config.Filters.Mirrors);
        Assert.Equal(("checkout/v2", 1, 1000), (Assert.Single(mirror.Clusters).Cluster, mirror.Numerator, mirror.Denominator));
    }

    private static TrafficShares Shares(int percent) =>
        new(new Dictionary<string, VersionSplit> { ["checkout"] = new("v1", "v2", percent) }, new Dictionary<string, int>());

    private static MeshSnapshot Compile(string yaml, TrafficShares shares, params InstanceState[] instances)
    {
        var problems = new List<ResourceProblem>();
        var resources = ResourceReader.Read(yaml, "t.yaml", problems);
        ReferenceChecker.Check(resources, problems);
        Assert.Empty(problems);
        return SnapshotCompiler.Compile(1, new CatalogState(resources), instances, shares);
    }

    private static InstanceState Instance(string id, string service, string version, string address = "127.0.0.1:1") =>
        new(id, service, version, "", address, "", ClusterProtocol.Http, IsReady: true, default, default, IsConnected: true);
}
