using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Publish;

namespace MeshInsight.ControlPlane.Tests.Catalog;

/// <summary>TLSRoute and TCPRoute as declared, and what gateways make of them.</summary>
public sealed class TcpRouteTests
{
    private const string Declared = """
        apiVersion: meshinsight.io/v1
        kind: Service
        metadata: { name: db }
        spec: { ports: [{ port: 5432, protocol: TCP }, { port: 80, protocol: HTTP }], versions: [v1] }
        ---
        apiVersion: meshinsight.io/v1
        kind: Service
        metadata: { name: shop }
        spec: { ports: [{ port: 443, protocol: TLS }], versions: [v1] }
        ---
        apiVersion: meshinsight.io/v1
        kind: Service
        metadata: { name: web }
        spec: { ports: [{ port: 80 }], versions: [v1] }
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: { name: edge }
        spec:
          listeners:
            - { name: sealed, port: 443, protocol: TLS, hostname: "*.example.com", tls: { mode: Passthrough } }
            - { name: ended, port: 443, protocol: TLS, hostname: ended.example.com, tls: { mode: Terminate, certificateRefs: [{ name: c }] } }
            - { name: tcp, port: 5432, protocol: TCP }
            - { name: web, port: 80, protocol: HTTP }
        """;

    private static string Route(string kind, string spec, string name = "r", string parent = "kind: Gateway, name: edge") => $$"""
        apiVersion: gateway.networking.k8s.io/{{(kind == "TLSRoute" ? "v1" : "v1alpha2")}}
        kind: {{kind}}
        metadata: { name: {{name}} }
        spec:
          parentRefs: [{ {{parent}} }]
          {{spec}}
        """;

    private static (CatalogState State, IReadOnlyList<ResourceProblem> Problems) Read(params string[] documents)
    {
        var (resources, problems) = Documents.Read([Declared, .. documents]);
        return (new CatalogState(resources), problems);
    }

    [Theory]
    [InlineData("TLSRoute", "rules: [{ backendRefs: [{ name: shop }] }]", "spec.hostnames", "required")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]", "spec.rules", "required")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: []", "spec.rules", "must not be empty")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: [{}]", "spec.rules[0].backendRefs", "required")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: [{ backendRefs: [{ name: shop }] }, { backendRefs: [{ name: shop }] }]", "spec.rules", "must be one")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: [{ backendRefs: [{ name: web }] }]", "spec.rules[0].backendRefs[0].port", "takes requests")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: [{ backendRefs: [{ name: db, port: 80 }] }]", "spec.rules[0].backendRefs[0].port", "takes requests")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: [{ backendRefs: [{ name: nobody }] }]", "spec.rules[0].backendRefs[0].name", "no Service")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: [{ backendRefs: [{ name: shop, weight: 0 }] }]", "spec.rules[0].backendRefs", "weight 0")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: [{ backendRefs: [{ name: shop, filters: [] }] }]", "spec.rules[0].backendRefs[0].filters", "not a known field")]
    [InlineData("TLSRoute", "hostnames: [shop.other.org]\n  rules: [{ backendRefs: [{ name: shop }] }]", "spec.hostnames", "none of them")]
    [InlineData("TLSRoute", "hostnames: [10.0.0.1]\n  rules: [{ backendRefs: [{ name: shop }] }]", "spec.hostnames", "DNS name")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: [{ backendRefs: [{ name: shop }] }]", "spec.parentRefs[0].name", "protocol TLS", "kind: Gateway, name: edge, sectionName: web")]
    [InlineData("TLSRoute", "hostnames: [shop.example.com]\n  rules: [{ backendRefs: [{ name: shop }] }]", "spec.parentRefs", "must name Gateways", "kind: Service, name: shop")]
    [InlineData("TCPRoute", "hostnames: [shop.example.com]\n  rules: [{ backendRefs: [{ name: db }] }]", "spec.hostnames", "not a known field")]
    [InlineData("TCPRoute", "rules: [{ backendRefs: [{ name: db }] }]", "spec.parentRefs[0].name", "protocol TCP, or of TLS", "kind: Gateway, name: edge, sectionName: sealed")]
    [InlineData("TCPRoute", "rules: [{ matches: [], backendRefs: [{ name: db }] }]", "spec.rules[0].matches", "not a known field")]
    public void Route_ThatCannotWork_IsRefused(string kind, string spec, string field, string reason, string parent = "kind: Gateway, name: edge") =>
        Assert.Contains(Read(Route(kind, spec, parent: parent)).Problems, p => p.Field == field && p.Message.Contains(reason, StringComparison.Ordinal));

    [Theory]
    [InlineData("{ name: a, port: 5432, protocol: TCP, hostname: db.example.com }", "hostname", "plain connection")]
    [InlineData("{ name: a, port: 443, protocol: TLS, tls: { mode: Passthrough, certificateRefs: [{ name: c }] } }", "tls.certificateRefs", "no use")]
    [InlineData("{ name: a, port: 443, protocol: TLS, tls: { mode: Terminate } }", "tls.certificateRefs", "required")]
    [InlineData("{ name: a, port: 443, protocol: TLS }", "tls", "required")]
    public void Listener_ThatCannotWork_IsRefused(string listener, string field, string reason) => Assert.Contains(
        Read($"apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{ name: other }}\nspec: {{ listeners: [{listener}] }}").Problems,
        p => p.Field == "spec.listeners[0]." + field && p.Message.Contains(reason, StringComparison.Ordinal));

    [Fact]
    public void Compile_GivesEachListenerItsNames_MostSpecificFirst()
    {
        var (state, problems) = Read(
            Route("TLSRoute", "hostnames: ['*.example.com']\n  rules: [{ name: all, backendRefs: [{ name: shop, weight: 3 }, { name: db, weight: 0 }] }]", "wide"),
            Route("TLSRoute", "hostnames: [ended.example.com, a.example.com]\n  rules: [{ backendRefs: [{ name: db }] }]", "exact"),
            Route("TCPRoute", "rules: [{ backendRefs: [{ name: db, port: 5432 }] }]", "plain"));
        Assert.Empty(problems);

        var gateway = Assert.Single(SnapshotCompiler.Compile(1, state, [], TrafficShares.None).Gateways);

        string[] Served(string listener) => [.. gateway.Listeners.Single(l => l.Name == listener).Hosts.Select(h => $"{h.Hostname}: {string.Join(" ", h.Routes.Select(r => r.Name))}")];
        Assert.Equal(["ended.example.com: exact/0 wide/all", "a.example.com: exact/0 wide/all", "*.example.com: wide/all"], Served("sealed"));
        // A route without names has the listener's.
        Assert.Equal(["ended.example.com: exact/0 plain/0 wide/all"], Served("ended"));
        Assert.Equal([": plain/0"], Served("tcp"));
        Assert.Empty(Served("web"));
        Assert.Equal([("shop", 300), ("db", 0)], gateway.Listeners[0].Hosts[2].Routes[0].Clusters.Select(c => (c.Cluster, c.Weight)));
        Assert.Equal([GatewayProtocol.Tls, GatewayProtocol.Tls, GatewayProtocol.Tcp, GatewayProtocol.Http], gateway.Listeners.Select(l => l.Protocol));
        Assert.Equal([true, false, false, false], gateway.Listeners.Select(l => l.IsPassthrough));
    }
}
