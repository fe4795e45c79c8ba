using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Publish;

namespace MeshInsight.ControlPlane.Tests.Catalog;

public sealed class RateLimitTests
{
    private static string Limit(string spec) => $$"""
        apiVersion: meshinsight.io/v1
        kind: RateLimit
        metadata: { name: limit }
        spec: { {{spec.ReplaceLineEndings(" ")}} }
        """;

    private static (IReadOnlyList<ResourceDocument> Resources, List<ResourceProblem> Problems) Read(string yaml) => Documents.Read(Shop.Services, yaml);

    [Fact]
    public void Read_EveryField_ReachesTheSnapshotAndItsWire()
    {
        var (resources, problems) = Read(Limit("""
            targetRefs: [{ group: "", kind: Service, name: checkout }],
            matches: [{ path: { type: Exact, value: /pay }, method: POST, headers: [{ name: x-a, value: b }] }],
            total: { requestsPerSecond: 100, burst: 300 },
            identity: { requestsPerSecond: 0.5 },
            overrides: [{ requestsPerSecond: 20, clientRefs: [{ kind: Service, name: payment }] }]
            """));
        Assert.Empty(problems);

        var snapshot = SnapshotCompiler.Compile(1, new CatalogState(resources), [], TrafficShares.None);

        var limit = Assert.Single(snapshot.RateLimits);
        Assert.Equal((new RateConfig(100, 300), new RateConfig(0.5, 1)), (limit.Total, limit.Identity));
        Assert.Equal(new RateConfig(20, 20), limit.Overrides[0].Rate);
        var wire = Assert.Single(SnapshotWire.Write(snapshot, "e").RateLimits);
        Assert.Equal(("limit", "checkout", "/pay", "POST", "x-a"), (wire.Name, wire.Services[0], wire.Matches[0].Path, wire.Matches[0].Method, wire.Matches[0].Headers[0].Name));
        Assert.Equal((100, 300, 0.5, 20, "payment"), (wire.Total.RequestsPerSecond, wire.Total.Burst, wire.Identity.RequestsPerSecond, wire.Overrides[0].Rate.Burst, wire.Overrides[0].Clients[0]));
    }

    [Theory]
    [InlineData("", "spec.total", "is required; without one nothing is limited")]
    [InlineData("total: {}", "spec.total.requestsPerSecond", "is required")]
    [InlineData("total: { requestsPerSecond: 0 }", "spec.total.requestsPerSecond", "from 0.001 to 1000000")]
    [InlineData("total: { requestsPerSecond: 5, burst: 0 }", "spec.total.burst", "from 1 to 1000000")]
    [InlineData("total: { requestsPerSecond: 5, per: minute }", "spec.total.per", "is not a known field")]
    [InlineData("total: { requestsPerSecond: 5 }, identity: { requestsPerSecond: 6 }", "spec.identity", "above that of total")]
    [InlineData("total: { requestsPerSecond: 5 }, overrides: [{ requestsPerSecond: 6, clientRefs: [{ kind: Service, name: payment }] }]", "spec.overrides[0]", "above that of total")]
    [InlineData("overrides: [{ requestsPerSecond: 6 }]", "spec.overrides[0].clientRefs", "is required")]
    [InlineData("overrides: [{ requestsPerSecond: 6, clientRefs: [{ kind: ServiceAccount, name: payment }] }]", "spec.overrides[0].clientRefs[0].kind", "is not a known value")]
    [InlineData("overrides: [{ requestsPerSecond: 6, clientRefs: [{ kind: Service, name: nobody }] }]", "spec.overrides.clientRefs", "there is no Service")]
    [InlineData("overrides: [{ requestsPerSecond: 6, clientRefs: [{ kind: Service, name: payment }] }, { requestsPerSecond: 7, clientRefs: [{ kind: Service, name: payment }] }]", "spec.overrides", "more than once")]
    [InlineData("total: { requestsPerSecond: 5 }, targetRefs: [{ kind: Service, name: nowhere }]", "spec.targetRefs", "there is no Service")]
    [InlineData("total: { requestsPerSecond: 5 }, matches: [{ path: { value: cart } }]", "spec.matches[0].path.value", "must start with")]
    public void Read_WhatCannotBeMeant_IsRefusedWhereItStands(string spec, string field, string message)
    {
        var problems = Read(Limit(spec)).Problems;

        Assert.Contains(problems, p => p.Field == field && p.Message.Contains(message, StringComparison.Ordinal));
    }
}
