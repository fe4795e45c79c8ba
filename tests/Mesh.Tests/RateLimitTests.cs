using System.Globalization;
using MeshInsight.Mesh.Tests.Support;

namespace MeshInsight.Mesh.Tests;

[Collection(EchoMeshTests.Name)]
public sealed class RateLimitTests(EchoMesh mesh)
{
    // So slow that no token comes back while a test runs.
    private static string Limit(string service, string spec) => $$"""
        apiVersion: meshinsight.io/v1
        kind: RateLimit
        metadata: { name: few }
        spec:
          targetRefs: [{ group: "", kind: Service, name: {{service}} }]
          {{spec}}
        """;

    private async Task<string> StatusesAsync(int requests, string url)
    {
        int[] statuses = new int[requests];
        for (int i = 0; i < requests; i++)
        {
            statuses[i] = (await mesh.Client.GetAsync(url)).Status;
        }

        return string.Join(' ', statuses);
    }

    [Fact]
    public async Task Total_AtTheCalleesSidecar_RefusesWhatIsAbove()
    {
        await using var applied = await mesh.ApplyAsync(Limit("echo-v1", "total: { requestsPerSecond: 0.01, burst: 2 }"));

        Assert.Equal("200 200 429", await StatusesAsync(3, "echo-v1/"));
        Assert.Equal("200 200 200", await StatusesAsync(3, "echo-v2/"));
        var refused = await mesh.Client.GetAsync("echo-v1/");
        Assert.Equal("RL", refused.Header("x-mesh-response-flags"));
        Assert.InRange(int.Parse(refused.Header("Retry-After"), CultureInfo.InvariantCulture), 1, 100);
        Assert.Equal("\"few\";q=2;w=200", refused.Header("RateLimit-Policy"));
    }

    [Fact]
    public async Task Identity_OfAMutualTlsCaller_HasARateOfItsOwnAndMatchesSayForWhat()
    {
        await using var applied = await mesh.ApplyAsync(Limit("echo-v1", """
            matches: [{ path: { type: PathPrefix, value: /limited }, method: GET }]
              identity: { requestsPerSecond: 0.01, burst: 3 }
              total: { requestsPerSecond: 1000 }
            """));

        Assert.Equal("200 200 200 429", await StatusesAsync(4, "echo-v1/limited/x"));
        Assert.Equal("200 200", await StatusesAsync(2, "echo-v1/free"));
        Assert.Equal(1, mesh.SidecarOf("echo-v1").Limits.Limits!.All[0].Identities);
    }

    [Fact]
    public async Task GrpcCall_AboveTheLimit_GetsResourceExhausted()
    {
        await using var applied = await mesh.ApplyAsync(Limit("grpc-v1", "total: { requestsPerSecond: 0.01, burst: 1 }"));

        Assert.Equal(0, (await mesh.Client.CallAsync("grpc-v1", "echo.Echo/Say")).GrpcStatus);
        Assert.Equal(8, (await mesh.Client.CallAsync("grpc-v1", "echo.Echo/Say")).GrpcStatus);
    }

    [Fact]
    public async Task Limit_ThatIsTakenAway_LimitsNoMore()
    {
        await using (await mesh.ApplyAsync(Limit("echo-v1", "total: { requestsPerSecond: 0.01, burst: 1 }")))
        {
            Assert.Equal("200 429", await StatusesAsync(2, "echo-v1/"));
        }

        Assert.Null(mesh.SidecarOf("echo-v1").Limits.Limits);
        // Its callers spare an endpoint that asked for it; with one endpoint there is no other.
        Assert.Equal("200 200", await StatusesAsync(2, "echo-v1/"));
    }
}
