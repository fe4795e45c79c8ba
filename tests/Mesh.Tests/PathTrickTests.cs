using System.Collections.Concurrent;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy.Accept;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Mesh.Tests;

/// <summary>
/// Paths that a proxy and an app may read differently, against policies and routes, from the caller's socket to the app. Where Istio's default (<c>BASE</c>) and its
/// strictest way (<c>DECODE_AND_MERGE_SLASHES</c>) differ, the policy holds for both readings.
/// </summary>
[Collection(EchoMeshTests.Name)]
public sealed class PathTrickTests(EchoMesh mesh)
{
    private const string Deny = """
        apiVersion: meshinsight.io/v1
        kind: AuthorizationPolicy
        metadata: { name: no-admin }
        spec:
          targetRefs: [{ group: "", kind: Service, name: echo-v1 }]
          action: DENY
          rules: [{ to: [{ operation: { paths: [/admin, /admin/*] } }] }]
        """;

    private const string Allow = """
        apiVersion: meshinsight.io/v1
        kind: AuthorizationPolicy
        metadata: { name: public-only }
        spec:
          targetRefs: [{ group: "", kind: Service, name: echo-v1 }]
          action: ALLOW
          rules: [{ to: [{ operation: { paths: [/public/*] } }] }]
        """;

    /// <summary>Ways to write a path that some app takes for <c>/admin</c> or one below it.</summary>
    public static TheoryData<string> WaysToAdmin =>
    [
        "/admin",
        "/admin/",
        "/admin/x?y=1",
        "/%61dmin",
        "/a%64min/x",
        "//admin",
        "///admin//x",
        "/./admin",
        "/%2e/admin",
        "/%2E/admin",
        "/public/../admin",
        "/public/%2e%2e/admin",
        "/public/.%2E/admin",
        "/public/..;/admin",
        "/public/..;a=b;c/admin",
        "/public/%2e%2e;/admin",
        "/public/..%3b/admin",
        "/public/%252e%252e/admin",
        "/public/..%2fadmin",
        "/public/..%2Fadmin",
        "/public%2f..%2Fadmin",
        "/public/..%252fadmin",
        "/public/..\\admin",
        "/public\\..\\admin",
        "/public/..%5cadmin",
        "/public/..%5Cadmin",
        "/public/%2e%2e%5cadmin",
        "/public/..%255cadmin",
        "/;/admin",
        "/;x=1/admin",
        "/admin;x=1",
        "/admin;/x",
        "/admin%3bx",
        "/admin%2f",
        "/admin%2Fx",
        "/%2fadmin",
        "/%2Fadmin",
        "/\\admin",
        "/%5cadmin",
        "/.;/admin",
        "/admin/.",
        "/admin/%2e",
        "/admin/x/..",
        "/admin/x/..;/",
        "/admin.",
        "/admin..",
        "/admin./x",
        "/admin%2e",
        "/admin%20",
        "/admin.%20.",
        "/%61%64%6D%69%6E",
        "/%2561dmin",
        "/public/..%00/admin",
        "/admin%00",
        "http://echo-v1.mesh/public/..;/admin",
        "http://echo-v1.mesh//admin",
    ];

    [Theory]
    [MemberData(nameof(WaysToAdmin))]
    public Task Deny_HoldsForEveryWayToWriteThePath(string target) => AssertRefusedAsync(Deny, target);

    [Theory]
    [MemberData(nameof(WaysToAdmin))]
    public Task Allow_OfOtherPaths_DoesNotLetItIn(string target) => AssertRefusedAsync(Allow, target);

    [Theory]
    [InlineData("/public/a%2fb/c;v=1", "/public/a%2fb/c;v=1")]
    [InlineData("/public/a/../b?x=..%2f", "/public/b?x=..%2f")]
    [InlineData("/public//a.b/.hidden", "/public//a.b/.hidden")]
    [InlineData("/public/100%25/%C3%A4", "/public/100%25/%C3%A4")]
    public async Task Paths_ThatAreOnlyUnusual_PassAsWritten(string target, string expected)
    {
        await using var deny = await mesh.ApplyAsync(Deny);
        await using var allow = await mesh.ApplyAsync(Allow);
        using var seen = new Seen(mesh);

        foreach (var answer in await AskAsync(target))
        {
            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        }

        Assert.Equal([expected, expected], seen.Targets);
    }

    [Theory]
    [InlineData("/public/../admin/x", "echo-v2", "/admin/x")]
    [InlineData("/public/%2e%2e/admin/x", "echo-v2", "/admin/x")]
    [InlineData("/%61dmin/x", "echo-v2", "/%61dmin/x")]
    [InlineData("/public/..;/admin", "echo-v1", "/public/..;/admin")]
    [InlineData("/public/..%2fadmin", "echo-v1", "/public/..%2fadmin")]
    public async Task Routes_GoByThePathAsTheRfcReadsIt(string target, string backend, string expected)
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - matches: [{ path: { type: PathPrefix, value: /admin } }]
              backendRefs: [{ name: echo-v2, port: 80 }]
            - backendRefs: [{ name: echo-v1, port: 80 }]
            """);
        using var seen = new Seen(mesh);

        string answer = await RawHttp.SendAsync(mesh.Caller.Url(ListenerSide.Outbound).Port, Request(target, "echo.mesh"));

        Assert.Contains($"x-backend: {backend}\r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Equal([expected], seen.Targets);
    }

    private static string Request(string target, string host) => $"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";

    private async Task AssertRefusedAsync(string policy, string target)
    {
        await using var _ = await mesh.ApplyAsync(policy);
        using var seen = new Seen(mesh);

        foreach (var answer in await AskAsync(target))
        {
            Assert.Matches("^HTTP/1.1 (403|400) ", answer);
        }

        Assert.Empty(seen.Targets);
    }

    // Through the caller's sidecar, and past it.
    private async Task<string[]> AskAsync(string target) =>
    [
        await RawHttp.SendAsync(mesh.Caller.Url(ListenerSide.Outbound).Port, Request(target, "echo-v1.mesh")),
        await RawHttp.SendAsync(mesh.SidecarOf("echo-v1").Url(ListenerSide.Inbound).Port, Request(target, "echo-v1.mesh")),
    ];

    /// <summary>What the backends' apps were asked for, byte for byte.</summary>
    private sealed class Seen : IDisposable
    {
        private readonly ConcurrentQueue<string> _targets = [];
        private readonly EchoMesh _mesh;

        public Seen(EchoMesh mesh)
        {
            _mesh = mesh;
            Watch(context =>
            {
                _targets.Enqueue(context.Features.Get<IHttpRequestFeature>()!.RawTarget);
                return Task.FromResult(false);
            });
        }

        public IEnumerable<string> Targets => _targets;

        public void Dispose() => Watch(null);

        private void Watch(Func<Microsoft.AspNetCore.Http.HttpContext, Task<bool>>? before)
        {
            _mesh.Backends["echo-v1"].Before = before;
            _mesh.Backends["echo-v2"].Before = before;
        }
    }
}
