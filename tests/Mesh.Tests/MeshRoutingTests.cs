using MeshInsight.Mesh.Tests.Support;

namespace MeshInsight.Mesh.Tests;

/// <summary>The Gateway API's conformance cases <c>mesh-basic</c>, <c>-split</c>, <c>-ports</c>, <c>-frontend</c>, <c>-frontend-hostname</c>, and weights.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class MeshRoutingTests(EchoMesh mesh)
{
    private const string MarkedV1 = """
        - filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { set: [{ name: x-header-set, value: set }] } }]
          backendRefs: [{ name: echo-v1, port: 80 }]
        """;

    [Fact]
    public async Task ServiceWithoutRoute_AnswersAsItAlwaysDid()
    {
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo-v1/")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo-v2/")).Backend);
    }

    [Fact]
    public async Task ServiceWithoutInstances_IsUnavailable()
    {
        var answer = await mesh.Client.GetAsync("echo/");

        Assert.Equal((503, "UH"), (answer.Status, answer.Header("x-mesh-response-flags")));
    }

    [Fact]
    public async Task Split_BetweenServices_ReachesBoth()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - matches: [{ path: { type: Exact, value: /v1 } }]
              backendRefs: [{ name: echo-v1, port: 80 }]
            - matches: [{ path: { type: Exact, value: /v2 } }]
              backendRefs: [{ name: echo-v2, port: 80 }]
            - matches: [{ path: { type: Exact, value: /split } }]
              backendRefs: [{ name: echo-v1, port: 80 }, { name: echo-v2, port: 80 }]
            """);

        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo/v1")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo/v2")).Backend);
        var seen = new HashSet<string?>();
        for (int i = 0; i < 200 && seen.Count < 2; i++)
        {
            seen.Add((await mesh.Client.GetAsync("echo/split")).Backend);
        }

        Assert.Equal(["echo-v1", "echo-v2"], seen.Order());
        Assert.Equal(404, (await mesh.Client.GetAsync("echo/else")).Status);
    }

    [Fact]
    public async Task Weights_AreSharesOfTheirSum_AndZeroIsNone()
    {
        await using var _ = await mesh.RouteAsync("echo", """
            - backendRefs:
                - { name: echo-v1, port: 80, weight: 70 }
                - { name: echo-v2, port: 80, weight: 30 }
                - { name: grpc-v1, port: 80, weight: 0 }
            """);

        const int Requests = 500;
        int first = 0;
        for (int i = 0; i < Requests; i++)
        {
            string? backend = (await mesh.Client.GetAsync("echo/")).Backend;
            Assert.Contains(backend, (string?[])["echo-v1", "echo-v2"]);
            first += backend == "echo-v1" ? 1 : 0;
        }

        // 70 % with four standard deviations around it; the draw is seeded.
        Assert.InRange(first, 309, 391);
    }

    [Fact]
    public async Task RouteOfOnePort_LeavesTheOtherAlone()
    {
        await using var _ = await mesh.RouteAsync("echo-v1, port: 80", MarkedV1);

        Assert.Equal("set", (await mesh.Client.GetAsync("echo-v1/")).Header("x-header-set"));
        Assert.Equal("set", (await mesh.Client.GetAsync("echo-v1:80/")).Header("x-header-set"));
        var other = await mesh.Client.GetAsync("echo-v1:8080/");
        Assert.Equal(("echo-v1", ""), (other.Backend, other.Header("x-header-set")));
        Assert.Equal(404, (await mesh.Client.GetAsync("echo-v1:9999/")).Status);
    }

    [Fact]
    public async Task RouteOfAPortByName_MeansThatPort()
    {
        await using var _ = await mesh.RouteAsync("echo-v1, sectionName: second", MarkedV1);

        Assert.Equal("", (await mesh.Client.GetAsync("echo-v1/")).Header("x-header-set"));
        Assert.Equal("set", (await mesh.Client.GetAsync("echo-v1:8080/")).Header("x-header-set"));
    }

    [Fact]
    public async Task RouteWithoutPort_MeansEveryPort()
    {
        await using var _ = await mesh.RouteAsync("echo-v1", MarkedV1);

        Assert.Equal("set", (await mesh.Client.GetAsync("echo-v1/")).Header("x-header-set"));
        Assert.Equal("set", (await mesh.Client.GetAsync("echo-v1:8080/")).Header("x-header-set"));
    }

    [Fact]
    public async Task ServiceAsBackend_IsReachedWithoutItsOwnRoute()
    {
        await using var own = await mesh.RouteAsync("echo-v1", MarkedV1);
        await using var front = await mesh.RouteAsync("echo", "- backendRefs: [{ name: echo-v1, port: 80 }]");

        var answer = await mesh.Client.GetAsync("echo/");

        Assert.Equal(("echo-v1", ""), (answer.Backend, answer.Header("x-header-set")));
    }

    [Theory]
    [InlineData("echo-v1")]
    [InlineData("echo-v1.mesh")]
    [InlineData("ECHO-V1.mesh:80")]
    public async Task EveryNameOfAService_MeansItsRoute(string authority)
    {
        await using var _ = await mesh.RouteAsync("echo-v1", MarkedV1);

        Assert.Equal("set", (await mesh.Client.GetAsync(authority + "/")).Header("x-header-set"));
        Assert.Equal("", (await mesh.Client.GetAsync("echo-v2/")).Header("x-header-set"));
    }
}
