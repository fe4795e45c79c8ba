using System.Diagnostics;
using MeshInsight.Mesh.Tests.Support;

namespace MeshInsight.Mesh.Tests;

[Collection(EchoMeshTests.Name)]
public sealed class GlobalRateLimitTests(EchoMesh mesh)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal static string Limit(string global) => $$"""
        apiVersion: meshinsight.io/v1
        kind: RateLimit
        metadata: { name: both }
        spec:
          targetRefs: [{ group: "", kind: Service, name: echo-v1 }, { group: "", kind: Service, name: echo-v2 }]
          global: { {{global}} }
        """;

    [Fact]
    public async Task Burst_OverTwoSidecars_IsGivenOnce()
    {
        // So slow that no token comes back while the test runs.
        await using var applied = await mesh.ApplyAsync(Limit("requestsPerSecond: 0.01, burst: 6, timeout: 10s"));
        int passed = 0;
        int refused = 0;
        while (refused < 4)
        {
            foreach (string service in new[] { "echo-v1", "echo-v2" })
            {
                var answer = await mesh.Client.GetAsync(service + "/");
                Assert.Contains(answer.Status, new[] { 200, 429 });
                passed += answer.Status == 200 ? 1 : 0;
                refused += answer.Status == 429 ? 1 : 0;
            }
        }

        // Two may have been fetched and lost, one at each sidecar, where the machine is slow.
        Assert.InRange(passed, 4, 6);
        var last = await mesh.Client.GetAsync("echo-v1/");
        Assert.Equal(("RL", "true"), (last.Header("x-mesh-response-flags"), last.Header("x-envoy-ratelimited")));
        Assert.Equal("RateLimit both lets 0.01 requests per second through, of all sidecars together (RL)\n", last.Text);
    }

    [Fact]
    public async Task Rate_OverTwoSidecarsUnderLoad_IsTheSumsBound()
    {
        const int Rate = 100;
        const int Burst = 20;
        const int Wanted = 2 * Rate;
        await using var applied = await mesh.ApplyAsync(Limit($"requestsPerSecond: {Rate}, burst: {Burst}, timeout: 10s"));
        int passed = 0;
        long start = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async worker =>
        {
            while (Volatile.Read(ref passed) < Wanted && Stopwatch.GetElapsedTime(start) < Patience)
            {
                var answer = await mesh.Client.GetAsync(worker % 2 == 0 ? "echo-v1/" : "echo-v2/");
                if (answer.Status == 200)
                {
                    Interlocked.Increment(ref passed);
                }
            }
        }));

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.InRange(passed, Wanted, Burst + (Rate * (seconds + 1)));
    }

    [Fact]
    public async Task Key_ByHeader_CountsEachValueAndSparesRequestsWithoutIt()
    {
        await using var applied = await mesh.ApplyAsync(Limit("requestsPerSecond: 0.01, burst: 1, timeout: 10s, key: [{ type: Header, name: x-tenant }, { type: Identity }]"));

        Assert.Equal(200, (await mesh.Client.GetAsync("echo-v1/", ("x-tenant", "red"))).Status);
        Assert.Equal(429, (await mesh.Client.GetAsync("echo-v2/", ("x-tenant", "red"))).Status);
        Assert.Equal(200, (await mesh.Client.GetAsync("echo-v2/", ("x-tenant", "blue"))).Status);
        Assert.Equal(200, (await mesh.Client.GetAsync("echo-v1/")).Status);
        Assert.Equal(200, (await mesh.Client.GetAsync("echo-v1/")).Status);
        Assert.Equal(1, mesh.SidecarOf("echo-v1").Limits.Limits!.All[0].Global!.Keys);
    }
}
