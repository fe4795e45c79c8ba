using System.Diagnostics;
using System.Globalization;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy.Tests.Support;

namespace MeshInsight.Mesh.Tests;

/// <summary>What two sidecars within mutual TLS tell of a request.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class ObserveTests(EchoMesh mesh)
{
    private static readonly string[] Parts = ["mesh.time.client_proxy_us", "mesh.time.network_us", "mesh.time.server_proxy_us", "mesh.time.app_us"];

    [Fact]
    public async Task Parts_OfACallWhoseAppIsHeld_AddUp_AndTheAppHasTheTimeItWasHeld()
    {
        using (var app = new HeldBackend(mesh.Backends["echo-v1"]))
        {
            long start = Stopwatch.GetTimestamp();
            var sending = mesh.Client.GetAsync("echo-v1/held");
            await app.Arrived;
            long held = Stopwatch.GetTimestamp();
            // Long enough to be seen in milliseconds, measured rather than waited for.
            SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(held) > TimeSpan.FromMilliseconds(20));
            double heldMicros = Stopwatch.GetElapsedTime(held).TotalMicroseconds;
            app.LetGo();
            var answer = await sending;
            double totalMicros = Stopwatch.GetElapsedTime(start).TotalMicroseconds;

            Assert.Equal(("echo-v1", ""), (answer.Backend, answer.Header("x-mesh-time")));
            var span = (await SpansAsync("/held", 1, SpanKind.Client))[0];
            long[] parts = [.. Parts.Select(p => long.Parse(span[p], CultureInfo.InvariantCulture))];
            Assert.InRange(parts[3], (long)heldMicros, (long)totalMicros);
            Assert.All(parts, p => Assert.InRange(p, 0, (long)totalMicros));
            Assert.InRange(parts.Sum(), parts[3], (long)totalMicros);
            var server = (await SpansAsync("/held", 1, SpanKind.Server))[0];
            Assert.Equal(span["mesh.time.app_us"], server["mesh.time.app_us"]);
        }

        string page = await mesh.AdminAsync("/metrics");
        Assert.Contains("mesh_edge_time_seconds_total{source_app=\"client\",source_version=\"v1\",destination_app=\"echo-v1\",destination_version=\"v1\",part=\"app\"}", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithTheMeshsWhyKey_IsExplainedByBothSidecars()
    {
        await using var route = await mesh.RouteAsync("echo", """
            - name: two
              matches: [{ path: { type: PathPrefix, value: /why-two } }]
              backendRefs: [{ name: echo-v2 }]
            - name: one
              backendRefs: [{ name: echo-v1 }]
            """);

        var answer = await mesh.Client.GetAsync("echo/why-one", (WhyKey.Header, mesh.WhyKey));

        Assert.Equal("echo-v1", answer.Backend);
        Assert.Equal("", answer.Seen![WhyKey.Header]);
        var call = (await SpansAsync("/why-one", 1, SpanKind.Client))[0];
        var server = (await SpansAsync("/why-one", 1, SpanKind.Server))[0];
        Assert.Equal(call.TraceId.ToString(), answer.Header("x-mesh-trace-id"));
        Assert.Contains(call.Events, e => e.Name == "mesh.why.route" && e.Text.Contains("echo/two: no, the path is not prefix /why-two; echo/one: taken", StringComparison.Ordinal));
        Assert.Contains(call.Events, e => e.Name == "mesh.why.endpoint" && e.Text.StartsWith("echo-v1-1 at ", StringComparison.Ordinal));
        Assert.Contains(server.Events, e => e.Name == "mesh.why.policy" && e.Text.StartsWith("the caller is spiffe://mesh.local/ns/default/sa/client", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Request_UnderLimits_IsToldWhatEachOfThemSaid_AndWhetherThereWasRoom()
    {
        await using var _ = await mesh.ApplyAsync("""
            apiVersion: meshinsight.io/v1
            kind: RateLimit
            metadata: { name: roomy }
            spec: { targetRefs: [{ group: "", kind: Service, name: echo-v1 }], total: { requestsPerSecond: 1000 } }
            ---
            apiVersion: meshinsight.io/v1
            kind: RateLimit
            metadata: { name: one-only }
            spec: { targetRefs: [{ group: "", kind: Service, name: echo-v1 }], total: { requestsPerSecond: 0.001, burst: 1 } }
            ---
            apiVersion: meshinsight.io/v1
            kind: RateLimit
            metadata: { name: posts }
            spec: { targetRefs: [{ group: "", kind: Service, name: echo-v1 }], matches: [{ method: POST }], total: { requestsPerSecond: 1 } }
            ---
            apiVersion: meshinsight.io/v1
            kind: TrafficPolicy
            metadata: { name: echo-v1 }
            spec: { targetRef: { group: "", kind: Service, name: echo-v1 }, overload: { maxRequests: 7 }, priority: { default: high } }
            """);

        Assert.Equal(200, (await mesh.Client.GetAsync("echo-v1/why-first", (WhyKey.Header, mesh.WhyKey))).Status);
        Assert.Equal(429, (await mesh.Client.GetAsync("echo-v1/why-second", (WhyKey.Header, mesh.WhyKey))).Status);

        var passed = (await SpansAsync("/why-first", 1, SpanKind.Server))[0].Events;
        Assert.Contains(("mesh.why.limit", "roomy: let it pass; one-only: let it pass; posts: is not for this request"), passed);
        var room = Assert.Single(passed, e => e.Name == "mesh.why.admission").Text;
        Assert.Matches("^let in after [0-9.]+ ms as high; 1 in flight, 0 waiting, at most 7$", room);
        var refused = (await SpansAsync("/why-second", 1, SpanKind.Server))[0].Events;
        Assert.Contains(("mesh.why.limit", "roomy: let it pass; one-only: refused, RateLimit one-only lets 0.001 requests per second through; posts: not asked"), refused);
        Assert.DoesNotContain(refused, e => e.Name == "mesh.why.admission");
    }

    [Fact]
    public async Task Request_ThatIsShed_IsToldWhy()
    {
        await using var _ = await mesh.ApplyAsync("""
            apiVersion: meshinsight.io/v1
            kind: TrafficPolicy
            metadata: { name: echo-v1 }
            spec: { targetRef: { group: "", kind: Service, name: echo-v1 }, overload: { maxRequests: 1, maxPendingRequests: 0 } }
            """);
        using var app = new HeldBackend(mesh.Backends["echo-v1"]);
        var held = mesh.Client.GetAsync("echo-v1/why-held");
        await app.Arrived;

        Assert.Equal(503, (await mesh.Client.GetAsync("echo-v1/why-shed", (WhyKey.Header, mesh.WhyKey))).Status);

        var room = Assert.Single((await SpansAsync("/why-shed", 1, SpanKind.Server))[0].Events, e => e.Name == "mesh.why.admission").Text;
        Assert.Matches(@"^not let in \(queue_full\) after [0-9.]+ ms as of no class \(medium\); 1 in flight, 0 waiting, at most 1$", room);
        app.LetGo();
        Assert.Equal(200, (await held).Status);
    }

    [Fact]
    public async Task Request_WithTheMeshTokensShapeButNotTheKey_IsNotExplained()
    {
        var answer = await mesh.Client.GetAsync("echo-v1/why-not", (WhyKey.Header, new string('a', WhyKey.Length)));

        Assert.Equal("", answer.Header("x-mesh-trace-id"));
        Assert.All(await SpansAsync("/why-not", 1, SpanKind.Client), s => Assert.Empty(s.Events));
    }

    private Task<IReadOnlyList<SeenSpan>> SpansAsync(string path, int count, SpanKind kind) => mesh.Sink.SpansAsync(count, s => s["url.path"] == path && s.Kind == kind);
}
