using MeshInsight.Mesh.Tests.Support;

namespace MeshInsight.Mesh.Tests;

/// <summary>The Gateway API's conformance cases <c>httproute-request-header-modifier</c> (of rules and of backends), <c>-rewrite-path</c>, <c>-rewrite-host</c>, and response headers.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class HttpRouteFilterTests(EchoMesh mesh)
{
    private const string SetRule = "requestHeaderModifier: { set: [{ name: X-Header-Set, value: set-overwrites-values }] }";
    private const string AddRule = "requestHeaderModifier: { add: [{ name: X-Header-Add, value: add-appends-values }] }";
    private const string RemoveRule = "requestHeaderModifier: { remove: [X-Header-Remove] }";
    private const string MultipleRule = """
        requestHeaderModifier: { set: [{ name: X-Header-Set-1, value: header-set-1 }, { name: X-Header-Set-2, value: header-set-2 }], add: [{ name: X-Header-Add-1, value: header-add-1 }, { name: X-Header-Add-2, value: header-add-2 }, { name: X-Header-Add-3, value: header-add-3 }], remove: [X-Header-Remove-1, X-Header-Remove-2] }
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RequestHeaders_OfRuleOrBackend_AreSetAddedRemoved(bool isBackend)
    {
        string Rule(string path, string filter) => isBackend
            ? $$"""
              - matches: [{ path: { type: Exact, value: {{path}} } }]
                backendRefs: [{ name: echo-v1, port: 80, filters: [{ type: RequestHeaderModifier, {{filter}} }] }]
              """
            : $$"""
              - matches: [{ path: { type: Exact, value: {{path}} } }]
                filters: [{ type: RequestHeaderModifier, {{filter}} }]
                backendRefs: [{ name: echo-v1, port: 80 }]
              """;
        await using var _ = await mesh.RouteAsync("echo", string.Join('\n', Rule("/set", SetRule), Rule("/add", AddRule), Rule("/remove", RemoveRule), Rule("/multiple", MultipleRule)));

        var set = await mesh.Client.GetAsync("echo/set", ("Some-Other-Header", "val"), ("X-Header-Set", "some-other-value"));
        Assert.Equal(("set-overwrites-values", "val"), (set.Seen!["X-Header-Set"], set.Seen["Some-Other-Header"]));
        Assert.Equal("set-overwrites-values", (await mesh.Client.GetAsync("echo/set")).Seen!["X-Header-Set"]);
        Assert.Equal("add-appends-values", (await mesh.Client.GetAsync("echo/add")).Seen!["X-Header-Add"]);
        Assert.Equal("some-other-value,add-appends-values", (await mesh.Client.GetAsync("echo/add", ("X-Header-Add", "some-other-value"))).Seen!["X-Header-Add"].Replace(" ", ""));
        Assert.Equal("", (await mesh.Client.GetAsync("echo/remove", ("x-header-remove", "val"))).Seen!["X-Header-Remove"]);
        var all = (await mesh.Client.GetAsync(
            "echo/multiple", ("X-Header-Set-2", "set-val-2"), ("x-header-add-2", "add-val-2"), ("X-Header-Remove-2", "remove-val-2"), ("Another-Header", "another-header-val"))).Seen!;
        Assert.Equal(
            ["header-set-1", "header-set-2", "header-add-1", "add-val-2,header-add-2", "header-add-3", "another-header-val", ""],
            new[] { "X-Header-Set-1", "X-Header-Set-2", "X-Header-Add-1", "X-Header-Add-2", "X-Header-Add-3", "Another-Header", "X-Header-Remove-2" }.Select(h => all[h].Replace(" ", "")));
    }

    [Fact]
    public async Task RequestHeaders_OfOneBackend_DoNotReachTheOther()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-both, value: rule }, { name: x-last, value: rule }] } }]
              backendRefs:
                - { name: echo-v1, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-last, value: backend }] } }] }
                - { name: echo-v2 }
            """);
        var last = new Dictionary<string, string>();
        for (int i = 0; i < 200 && last.Count < 2; i++)
        {
            var seen = (await mesh.Client.GetAsync("echo/")).Seen!;
            Assert.Equal("rule", seen["x-both"]);
            last[seen.Backend] = seen["x-last"];
        }

        Assert.Equal(("backend", "rule"), (last["echo-v1"], last["echo-v2"]));
    }

    [Fact]
    public async Task ResponseHeaders_OfBackendThenRule_AreSetAddedRemoved()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { add: [{ name: x-order, value: rule }], remove: [x-secret] } }]
              backendRefs:
                - name: echo-v1
                  filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-upstream, value: replaced }], add: [{ name: x-order, value: backend }] } }]
            """);

        var answer = await mesh.Client.GetAsync("echo/");

        Assert.Equal(("replaced", "", "backend,rule"), (answer.Header("x-upstream"), answer.Header("x-secret"), answer.Header("x-order").Replace(" ", "")));
    }

    [Theory]
    [InlineData("/foo", "/xyz", "/foo/bar", "/xyz/bar")]
    [InlineData("/foo", "/xyz/", "/foo/bar", "/xyz/bar")]
    [InlineData("/foo/", "/xyz", "/foo/bar", "/xyz/bar")]
    [InlineData("/foo/", "/xyz/", "/foo/bar", "/xyz/bar")]
    [InlineData("/foo", "/xyz", "/foo", "/xyz")]
    [InlineData("/foo", "/xyz", "/foo/", "/xyz/")]
    [InlineData("/foo", "", "/foo/bar", "/bar")]
    [InlineData("/foo", "", "/foo/", "/")]
    [InlineData("/foo", "", "/foo", "/")]
    [InlineData("/foo", "/", "/foo/", "/")]
    [InlineData("/foo", "/", "/foo", "/")]
    [InlineData("/", "/one", "/two", "/one/two")]
    public async Task Rewrite_ReplacesTheMatchedPrefix(string prefix, string replacement, string path, string expected)
    {
        await using var _ = await mesh.RouteAsync("echo", $$"""
            - matches: [{ path: { type: PathPrefix, value: {{prefix}} } }]
              filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: "{{replacement}}" } } }]
              backendRefs: [{ name: echo-v1 }]
            """);

        var seen = (await mesh.Client.GetAsync($"echo{path}?keep=%20this")).Seen!;

        Assert.Equal((expected, "?keep=%20this"), (seen.Path, seen.Query));
    }

    [Fact]
    public async Task Rewrite_OfPathAndHost_ReachesTheBackendByItsNewName()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - matches: [{ path: { type: PathPrefix, value: /full } }]
              filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: /one } } }]
              backendRefs: [{ name: echo-v1 }]
            - matches: [{ path: { type: PathPrefix, value: /host } }]
              filters:
                - { type: URLRewrite, urlRewrite: { hostname: one.example.org, path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } } }
                - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-header-set, value: set }] } }
              backendRefs: [{ name: echo-v2 }]
            """);

        var full = (await mesh.Client.GetAsync("echo/full/path/original?a=b")).Seen!;
        var host = (await mesh.Client.GetAsync("echo/host/a%20b")).Seen!;

        Assert.Equal(("/one", "?a=b", "echo"), (full.Path, full.Query, full.Host));
        Assert.Equal(("/new/a b", "one.example.org", "echo-v2", "set"), (host.Path, host.Host, host.Backend, host["x-header-set"]));
    }
}
