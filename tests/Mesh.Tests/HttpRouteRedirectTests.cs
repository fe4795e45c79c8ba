using MeshInsight.Mesh.Tests.Support;

namespace MeshInsight.Mesh.Tests;

/// <summary>The Gateway API's conformance cases <c>httproute-redirect-host-and-status</c>, <c>-path</c>, <c>-port</c>, <c>-scheme</c> and those of the newer status codes.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class HttpRouteRedirectTests(EchoMesh mesh)
{
    [Theory]
    [InlineData("hostname: example.org", "echo/x?q=1", 302, "http://example.org/x?q=1")]
    [InlineData("statusCode: 301, hostname: example.org", "echo/x", 301, "http://example.org/x")]
    [InlineData("statusCode: 303", "echo/x", 303, "http://echo/x")]
    [InlineData("statusCode: 307", "echo/x", 307, "http://echo/x")]
    [InlineData("statusCode: 308", "echo/x", 308, "http://echo/x")]
    [InlineData("port: 8083", "echo/x", 302, "http://echo:8083/x")]
    [InlineData("port: 8083, hostname: example.org", "echo/x", 302, "http://example.org:8083/x")]
    [InlineData("port: 80", "echo:8080/x", 302, "http://echo/x")]
    [InlineData("scheme: https", "echo/x", 302, "https://echo/x")]
    [InlineData("scheme: https", "echo:8080/x", 302, "https://echo/x")]
    [InlineData("scheme: https, port: 443", "echo/x", 302, "https://echo/x")]
    [InlineData("scheme: https, hostname: example.org, statusCode: 301", "echo/x", 301, "https://example.org/x")]
    [InlineData("scheme: http", "echo:8080/x", 302, "http://echo/x")]
    [InlineData("hostname: example.org", "echo:8080/x", 302, "http://example.org:8080/x")]
    [InlineData("path: { type: ReplaceFullPath, replaceFullPath: /full }", "echo/x/y?a=b", 302, "http://echo/full?a=b")]
    [InlineData("path: { type: ReplacePrefixMatch, replacePrefixMatch: /new }", "echo/x/y%20z", 302, "http://echo/new/x/y%20z")]
    [InlineData("path: { type: ReplacePrefixMatch, replacePrefixMatch: /new }, hostname: example.org, statusCode: 301", "echo/x", 301, "http://example.org/new/x")]
    public async Task Redirect_SaysWhereTo(string filter, string url, int status, string location)
    {
        await using var _ = await mesh.RouteAsync("echo", $$"""
            - filters: [{ type: RequestRedirect, requestRedirect: { {{filter}} } }]
            """);

        var answer = await mesh.Client.GetAsync(url);

        Assert.Equal((status, location), (answer.Status, answer.Header("Location")));
        Assert.Equal("", answer.Text);
    }

    [Fact]
    public async Task Redirect_OfOneRule_KeepsItsResponseHeaders_AndLeavesOthersAlone()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - matches: [{ path: { type: PathPrefix, value: /old } }]
              filters:
                - { type: RequestRedirect, requestRedirect: { path: { type: ReplacePrefixMatch, replacePrefixMatch: "" } } }
                - { type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: cache-control, value: no-store }] } }
            - backendRefs: [{ name: echo-v1 }]
            """);

        var old = await mesh.Client.GetAsync("echo/old/cart");

        Assert.Equal((302, "http://echo/cart", "no-store"), (old.Status, old.Header("Location"), old.Header("Cache-Control")));
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/older")).Backend);
    }
}
