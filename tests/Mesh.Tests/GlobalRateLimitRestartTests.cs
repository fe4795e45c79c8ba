using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests;

/// <summary>What a global limit does while the control plane is away. A mesh of its own, since it loses its control plane.</summary>
public sealed class GlobalRateLimitRestartTests
{
    [Fact]
    public async Task ControlPlane_Away_PassesOrRefusesAsDeclaredAndCountsAgainWhenItIsBack()
    {
        using var mesh = new EchoMesh();
        await mesh.InitializeAsync();
        try
        {
            await mesh.ApplyAsync(
                GlobalRateLimitTests.Limit("requestsPerSecond: 0.01, burst: 1, timeout: 10s, key: [{ type: Header, name: x-open }]") + "\n---\n"
                + GlobalRateLimitTests.Limit("requestsPerSecond: 0.01, burst: 1, timeout: 10s, failureMode: Closed, key: [{ type: Header, name: x-closed }]")
                    .Replace("name: both", "name: closed", StringComparison.Ordinal));
            Assert.Equal(200, (await mesh.Client.GetAsync("echo-v1/", ("x-open", "a"))).Status);

            await mesh.StopControlAsync();

            Assert.Equal(200, (await mesh.Client.GetAsync("echo-v1/", ("x-open", "b"))).Status);
            Assert.Equal(200, (await mesh.Client.GetAsync("echo-v2/", ("x-open", "b"))).Status);
            var refused = await mesh.Client.GetAsync("echo-v1/", ("x-closed", "b"));
            Assert.Equal((500, "RLSE"), (refused.Status, refused.Header("x-mesh-response-flags")));
            Assert.Equal("RateLimit closed lets nothing through while the control plane is away (RLSE)\n", refused.Text);
            Assert.Equal(1, mesh.SidecarOf("echo-v1").Limits.Limits!.All[0].Counts.FailedOpen);

            await mesh.StartControlAsync();

            // Back: one of each key, and no more; what was taken before is still taken.
            await Eventually.GetAsync(() => mesh.Client.GetAsync("echo-v1/", ("x-closed", "c")), a => a.Status == 200);
            Assert.Equal(429, (await mesh.Client.GetAsync("echo-v1/", ("x-closed", "c"))).Status);
            Assert.Equal(429, (await mesh.Client.GetAsync("echo-v1/", ("x-open", "a"))).Status);
        }
        finally
        {
            await mesh.DisposeAsync();
        }
    }
}
