using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Publish;

namespace MeshInsight.ControlPlane.Tests.Catalog;

public sealed class GatewayKindTests
{
    private const string Service = """
        apiVersion: meshinsight.io/v1
        kind: Service
        metadata: { name: shop }
        spec: { versions: [v1] }
        """;

    private static string Gateway(string listeners) => $$"""
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: { name: edge }
        spec: { gatewayClassName: meshinsight, listeners: [{{listeners}}] }
        """;

    private static string Route(string name, string spec, string parent = "kind: Gateway, name: edge") => $$"""
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: { name: {{name}} }
        spec:
          parentRefs: [{ {{parent}} }]
          {{spec}}
        """;

    private static (CatalogState State, IReadOnlyList<ResourceProblem> Problems) Read(params string[] documents)
    {
        var (resources, problems) = Documents.Read([Service, .. documents]);
        return (new CatalogState(resources), problems);
    }

    [Theory]
    [InlineData("{ name: a, port: 80, protocol: SCTP }", "listeners[0].protocol", "SCTP")]
    [InlineData("{ name: a, port: 80, protocol: HTTP, tls: {} }", "listeners[0].tls", "HTTPS")]
    [InlineData("{ name: a, port: 443, protocol: HTTPS }", "listeners[0].tls", "required")]
    [InlineData("{ name: a, port: 443, protocol: HTTPS, tls: {} }", "listeners[0].tls.certificateRefs", "required")]
    [InlineData("{ name: a, port: 443, protocol: HTTPS, tls: { mode: Passthrough } }", "listeners[0].tls.mode", "TLS")]
    [InlineData("{ name: a, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: ../../etc }] } }", "listeners[0].tls.certificateRefs[0].name", "directory")]
    [InlineData("{ name: a, port: 80, protocol: HTTP, http3: true }", "listeners[0].http3", "HTTPS")]
    [InlineData("{ name: a, port: 80, protocol: HTTP, hostname: 'a b' }", "listeners[0].hostname", "DNS name")]
    [InlineData("{ name: a, port: 80, protocol: HTTP }, { name: a, port: 81, protocol: HTTP }", "listeners[1].name", "two listeners")]
    [InlineData("{ name: a, port: 80, protocol: HTTP }, { name: b, port: 80, protocol: HTTP }", "listeners[1].hostname", "same port")]
    [InlineData("{ name: a, port: 80, protocol: HTTP }, { name: b, port: 80, hostname: b.com, protocol: HTTPS, tls: { certificateRefs: [{ name: b }] } }", "listeners[1].port", "told apart")]
    public void Gateway_ThatCannotWork_IsRefused(string listeners, string field, string reason) =>
        Assert.Contains(Read(Gateway(listeners)).Problems, p => p.Field == "spec." + field && p.Message.Contains(reason, StringComparison.Ordinal));

    [Theory]
    [InlineData("kind: Gateway, name: other", "", "spec.parentRefs[0].name", "no Gateway")]
    [InlineData("kind: Gateway, name: edge, sectionName: nope", "", "spec.parentRefs[0].sectionName", "no such listener")]
    [InlineData("kind: Gateway, name: edge", "hostnames: [shop.other.org]", "spec.hostnames", "none of them")]
    [InlineData("kind: Gateway, name: edge", "hostnames: [10.0.0.1]", "spec.hostnames", "DNS name")]
    [InlineData("kind: Gateway, group: x, name: edge", "", "spec.parentRefs[0].group", "x")]
    [InlineData("kind: Service, name: shop", "hostnames: [shop.example.com]", "spec.hostnames", "parent is a Service")]
    public void Route_ThatNoListenerWouldTake_IsRefused(string parent, string hostnames, string field, string reason)
    {
        var (_, problems) = Read(Gateway("{ name: a, port: 80, protocol: HTTP, hostname: '*.example.com' }"), Route("r", hostnames + "\n  rules: [{ backendRefs: [{ name: shop }] }]", parent));

        Assert.Contains(problems, p => p.Field == field && p.Message.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Compile_GivesEachNameItsRoutes_MostSpecificFirst()
    {
        var (state, problems) = Read(
            Gateway("{ name: a, port: 80, protocol: HTTP, hostname: '*.example.com' }, { name: b, port: 81, protocol: HTTP }"),
            Route("wide", "rules: [{ matches: [{ path: { type: Exact, value: /x } }], backendRefs: [{ name: shop }] }]"),
            Route("exact", "hostnames: [shop.example.com, shop.other.org]\n  rules: [{ backendRefs: [{ name: shop }] }]"),
            Route("moved", "hostnames: ['*.example.com']\n  rules: [{ filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }] }]", "kind: Gateway, name: edge, sectionName: a"));
        Assert.Empty(problems);

        var gateway = Assert.Single(SnapshotCompiler.Compile(1, state, [], TrafficShares.None).Gateways);

        string[] Served(int listener) => [.. gateway.Listeners[listener].Hosts.Select(h => $"{h.Hostname}: {string.Join(" ", h.Routes.Select(r => $"{r.Name}@{r.Service}"))}")];
        Assert.Equal(["shop.example.com: exact/0@shop wide/0@shop moved/0@edge", "*.example.com: wide/0@shop moved/0@edge"], Served(0));
        Assert.Equal(["shop.example.com: exact/0@shop wide/0@shop", "shop.other.org: exact/0@shop wide/0@shop", ": wide/0@shop"], Served(1));
        Assert.Equal(GatewayProtocol.Http, gateway.Listeners[0].Protocol);
    }
}
