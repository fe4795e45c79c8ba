using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Publish;

namespace MeshInsight.ControlPlane.Tests.Catalog;

public sealed class ExternalServiceTests
{
    private const string Gateway = """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: { name: way-out }
        spec: { listeners: [{ name: web, port: 80, protocol: HTTP }] }
        """;

    private static string External(string spec, string name = "api") => $$"""
        apiVersion: meshinsight.io/v1
        kind: ExternalService
        metadata: { name: {{name}} }
        spec: { {{spec}} }
        """;

    private static (CatalogState State, IReadOnlyList<ResourceProblem> Problems) Read(params string[] documents)
    {
        var (resources, problems) = Documents.Read([.. documents, Gateway]);
        return (new CatalogState(resources), problems);
    }

    [Theory]
    [InlineData("hosts: [checkout], ports: [{ port: 80 }]", "spec.hosts", "outside the mesh")]
    [InlineData("hosts: [checkout.mesh], ports: [{ port: 80 }]", "spec.hosts", "outside the mesh")]
    [InlineData("hosts: ['*.example.com'], ports: [{ port: 80 }]", "spec.hosts", "without wildcard")]
    [InlineData("hosts: [a.example.com], ports: [{ port: 80 }, { port: 80 }]", "spec.ports[1].port", "twice")]
    [InlineData("hosts: [a.example.com], ports: [{ port: 80, tls: {} }]", "spec.ports[0].tls.mode", "required")]
    [InlineData("hosts: [a.example.com], ports: [{ port: 80 }], addresses: [here]", "spec.addresses", "IP address")]
    [InlineData("hosts: [a.example.com], ports: [{ port: 80 }], gateway: nowhere", "spec.gateway", "no Gateway")]
    [InlineData("hosts: [a.example.com], ports: [{ port: 443, protocol: QUIC }]", "spec.ports[0].protocol", "not a known value")]
    [InlineData("hosts: [a.example.com], ports: [{ port: 443, protocol: TLS, tls: { mode: Originate } }]", "spec.ports[0].tls", "is for protocol HTTP")]
    public void ExternalService_ThatCannotWork_IsRefused(string spec, string field, string reason) =>
        Assert.Contains(Read(External(spec)).Problems, p => p.Field == field && p.Message.Contains(reason, StringComparison.Ordinal));

    [Fact]
    public void Host_DeclaredTwice_IsRefused() => Assert.Contains(
        Read(External("hosts: [a.example.com], ports: [{ port: 80 }]"), External("hosts: [A.example.com], ports: [{ port: 81 }]", "again")).Problems,
        p => p.Name == "again" && p.Message.Contains("\"api\" already", StringComparison.Ordinal));

    [Fact]
    public void Compile_LeadsCallersToTheGateway_AndTheGatewayToTheHost()
    {
        var (state, problems) = Read(External("hosts: [a.example.com], ports: [{ port: 80, tls: { mode: Originate } }], gateway: way-out"));
        Assert.Empty(problems);

        var snapshot = SnapshotCompiler.Compile(1, state, [], TrafficShares.None);

        var caller = Assert.Single(snapshot.Routes, r => r.Service == "a.example.com");
        Assert.Equal((80, "way-out"), (caller.Port, caller.Clusters[0].Cluster));
        var own = Assert.Single(Assert.Single(Assert.Single(snapshot.Gateways).External).Routes);
        var cluster = Assert.Single(snapshot.Clusters, c => c.Name == own.Clusters[0].Cluster);
        Assert.Equal((true, "a.example.com:443", true), (cluster.IsExternal, cluster.Endpoints[0].Address, cluster.Endpoints[0].OriginatesTls));
    }

    [Theory]
    [InlineData("TLS", "", 0)]
    [InlineData("TCP", "", 1)]
    [InlineData("TLS", ", gateway: way-out", 0)]
    [InlineData("TCP", ", gateway: way-out", 1)]
    public void Compile_APortOfBytes_TakesConnectionsAndNoRequests(string protocol, string gateway, int addresses)
    {
        var (state, problems) = Read(External($"hosts: [a.example.com], addresses: [192.0.2.7], ports: [{{ port: 443, protocol: {protocol} }}]{gateway}"));
        Assert.Empty(problems);

        var snapshot = SnapshotCompiler.Compile(1, state, [], TrafficShares.None);

        var caller = Assert.Single(snapshot.Routes, r => r.Service == "a.example.com");
        Assert.Equal((443, true, gateway.Length > 0 ? "way-out" : "external/a.example.com:443"), (caller.Port, caller.IsBytes, caller.Clusters[0].Cluster));
        // What names its host is not known by its address.
        Assert.Equal(addresses, caller.Addresses.Count);
        var cluster = Assert.Single(snapshot.Clusters, c => c.IsExternal);
        Assert.Equal((ClusterProtocol.Tcp, "192.0.2.7:443", false), (cluster.Protocol, cluster.Endpoints[0].Address, cluster.Endpoints[0].OriginatesTls));
        Assert.All(Assert.Single(snapshot.Gateways).External, h => Assert.True(Assert.Single(h.Routes).IsBytes));
        Assert.Equal(gateway.Length > 0 ? 1 : 0, Assert.Single(snapshot.Gateways).External.Count);
    }
}
