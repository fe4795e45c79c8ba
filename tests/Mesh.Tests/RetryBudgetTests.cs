using System.Text.Json;
using MeshInsight.Mesh.Tests.Support;

namespace MeshInsight.Mesh.Tests;

/// <summary>A service that fails says how much of its load may be retries.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class RetryBudgetTests(EchoMesh mesh)
{
    private const int Requests = 20;

    private const string Policy = """
        apiVersion: meshinsight.io/v1
        kind: TrafficPolicy
        metadata: { name: echo-v1 }
        spec:
          targetRef: { group: "", kind: Service, name: echo-v1 }
          retryBudget: { percent: 10, minRetriesPerSecond: 0, interval: 1h }
        """;

    private const string Rule = """
        - backendRefs: [{ name: echo-v1, port: 80 }]
          retry: { attempts: 1, codes: [503], backoff: 1ms, budget: { percent: 100 } }
        """;

    [Fact]
    public async Task Retries_ByAllRoutesTogether_StayWithinTheServicesBudget()
    {
        await using var policy = await mesh.ApplyAsync(Policy);
        await using var first = await mesh.RouteAsync("echo", Rule);
        await using var second = await mesh.RouteAsync("echo-v1", Rule);
        int tries = 0;
        mesh.Backends["echo-v1"].Before = context =>
        {
            Interlocked.Increment(ref tries);
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };

        try
        {
            for (int i = 0; i < Requests; i++)
            {
                Assert.Equal(503, (await mesh.Client.GetAsync(i % 2 == 0 ? "echo/" : "echo-v1/")).Status);
            }

            // Of 20 requests 2, the first after ten of them.
            Assert.Equal(Requests + 2, tries);
        }
        finally
        {
            mesh.Backends["echo-v1"].Before = null;
        }

        using var dump = JsonDocument.Parse(await mesh.AdminAsync("/config_dump"));
        var budget = dump.RootElement.GetProperty("snapshot").GetProperty("clusters").EnumerateArray().Single(c => c.GetProperty("name").GetString()!.StartsWith("echo-v1", StringComparison.Ordinal))
            .GetProperty("policy").GetProperty("retryBudget");
        Assert.Equal((10, 0, "01:00:00"), (budget.GetProperty("percent").GetInt32(), budget.GetProperty("minPerSecond").GetInt32(), budget.GetProperty("interval").GetString()));
    }
}
