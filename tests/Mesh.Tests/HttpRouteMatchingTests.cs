using MeshInsight.Mesh.Tests.Support;

namespace MeshInsight.Mesh.Tests;

/// <summary>The Gateway API's conformance cases <c>httproute-matching</c>, <c>-query-param-matching</c>, <c>-named-rule</c>, and precedence.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class HttpRouteMatchingTests(EchoMesh mesh)
{
    [Fact]
    public async Task PathsAndHeaders_ChooseTheBackend()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - matches:
                - path: { type: PathPrefix, value: / }
                - headers: [{ name: version, value: one }]
              backendRefs: [{ name: echo-v1, port: 80 }]
            - matches:
                - path: { type: PathPrefix, value: /v2 }
                - headers: [{ name: version, value: two }]
              backendRefs: [{ name: echo-v2, port: 80 }]
            """);

        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/")).Backend);
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/example")).Backend);
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/", ("Version", "one"))).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/v2")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/v2/")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/v2/example")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/", ("Version", "two"))).Backend);
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/v2example")).Backend);
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/foo/v2/example")).Backend);
    }

    [Fact]
    public async Task QueryParameters_ChooseTheBackend()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - matches: [{ queryParams: [{ name: animal, value: whale }] }]
              backendRefs: [{ name: echo-v1 }]
            - matches: [{ queryParams: [{ name: animal, value: dolphin }] }]
              backendRefs: [{ name: echo-v2 }]
            - matches:
                - path: { type: Exact, value: /path3 }
                  queryParams: [{ name: animal, value: shark }]
                - path: { type: Exact, value: /path4 }
                  headers: [{ name: version, value: three }]
                  queryParams: [{ name: animal, value: kraken }]
              backendRefs: [{ name: echo-v1 }]
            - matches: [{ headers: [{ name: version, value: one }], queryParams: [{ name: animal, value: whale }] }]
              backendRefs: [{ name: echo-v2 }]
            - matches: [{ queryParams: [{ name: animal, value: hydra }] }]
              backendRefs: [{ name: echo-v2 }]
            - matches: [{ path: { type: PathPrefix, value: /path5 } }]
              backendRefs: [{ name: echo-v1 }]
            - matches: [{ queryParams: [{ name: id, type: RegularExpression, value: "[0-9]+ [a-z]" }] }]
              backendRefs: [{ name: echo-v2 }]
            """);

        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/?animal=whale")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/?animal=dolphin")).Backend);
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/?animal=whale&otherparam=irrelevant")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/?color=yellow&animal=dolphin")).Backend);
        foreach (string query in new[] { "?color=blue", "?animal=dog", "?animal=whaledolphin", "", "?animal=shark", "?Animal=whale", "?animal=dog&animal=whale" })
        {
            Assert.Equal(404, (await mesh.Client.GetAsync("echo/" + query)).Status);
        }

        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/path1?animal=whale")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/?animal=whale", ("version", "one"))).Backend);
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/path3?animal=shark")).Backend);
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/path4?animal=kraken", ("version", "three"))).Backend);
        Assert.Equal(404, (await mesh.Client.GetAsync("echo/path4?animal=kraken")).Status);
        // The longer prefix comes before any number of query parameters.
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/path5?animal=hydra")).Backend);
        // Compared decoded, and whole.
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/?%69d=42+x")).Backend);
        Assert.Equal(404, (await mesh.Client.GetAsync("echo/?id=42+xy")).Status);
    }

    [Fact]
    public async Task Rules_ThatAllMatch_RankAcrossRoutes()
    {
        // Written in the wrong order on purpose, and over two routes of one service, which merge.
        await using var first = await mesh.RouteAsync("echo", """
            - matches: [{ path: { value: /p } }]
              filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-rule, value: prefix }] } }]
              backendRefs: [{ name: echo-v1 }]
            - matches: [{ path: { value: /p/long }, queryParams: [{ name: q, value: "1" }] }]
              filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-rule, value: query }] } }]
              backendRefs: [{ name: echo-v1 }]
            - matches: [{ path: { value: /p/long }, queryParams: [{ name: q, value: "1" }, { name: r, value: "1" }] }]
              filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-rule, value: queries }] } }]
              backendRefs: [{ name: echo-v1 }]
            """);
        await using var second = await mesh.ApplyAsync("""
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: { name: another }
            spec:
              parentRefs: [{ kind: Service, name: echo }]
              rules:
                - matches: [{ path: { value: /p/long }, headers: [{ name: h, value: "1" }] }]
                  filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-rule, value: header }] } }]
                  backendRefs: [{ name: echo-v1 }]
                - matches: [{ path: { value: /p/long }, method: GET }]
                  filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-rule, value: method }] } }]
                  backendRefs: [{ name: echo-v1 }]
                - matches: [{ path: { type: Exact, value: /p/long/exact } }]
                  filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-rule, value: exact }] } }]
                  backendRefs: [{ name: echo-v1 }]
                - matches: [{ path: { value: /p } }]
                  filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-rule, value: younger }] } }]
                  backendRefs: [{ name: echo-v1 }]
            """);

        async Task<string> RuleAsync(string url, HttpMethod method, bool hasHeader) =>
            (await mesh.Client.SendAsync("echo" + url, method, null, hasHeader ? [("h", "1")] : [])).Header("x-rule");

        Assert.Equal("exact", await RuleAsync("/p/long/exact?q=1&r=1", HttpMethod.Get, hasHeader: true));
        Assert.Equal("method", await RuleAsync("/p/long?q=1&r=1", HttpMethod.Get, hasHeader: true));
        Assert.Equal("header", await RuleAsync("/p/long?q=1&r=1", HttpMethod.Delete, hasHeader: true));
        Assert.Equal("queries", await RuleAsync("/p/long?q=1&r=1", HttpMethod.Delete, hasHeader: false));
        Assert.Equal("query", await RuleAsync("/p/long?q=1", HttpMethod.Delete, hasHeader: false));
        // A tie between routes: the older one.
        Assert.Equal("prefix", await RuleAsync("/p/short", HttpMethod.Get, hasHeader: true));
    }

    [Fact]
    public async Task NamedRule_Routes_AndGivesTheRouteItsName()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - name: named-rule
              matches: [{ path: { value: /named } }]
              backendRefs: [{ name: echo-v1 }]
            - matches: [{ path: { value: /unnamed } }]
              backendRefs: [{ name: echo-v2 }]
            """);

        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/named")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/unnamed")).Backend);
        Assert.Contains("\"echo/named-rule\"", await mesh.AdminAsync("/config_dump"), StringComparison.Ordinal);
    }
}
