using MeshInsight.Mesh.Tests.Support;

namespace MeshInsight.Mesh.Tests;

/// <summary>The Gateway API's conformance cases <c>grpcroute-exact-method-matching</c>, <c>-header-matching</c>, <c>-weight</c>, <c>-request-header-modifier</c>.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class GrpcRouteTests(EchoMesh mesh)
{
    private const int Unimplemented = 12;

    private static string Backend(Answer answer) => answer.GrpcStatus == 0 ? answer.Header(EchoApp.BackendHeader) : $"status {answer.GrpcStatus}";

    [Fact]
    public async Task Methods_ChooseTheBackend()
    {
        await using var _ = await mesh.RouteAsync("grpc", """
            - matches:
                - method: { service: shop.v1.Echo, method: Say }
                - method: { type: RegularExpression, service: "shop\\.v[23]\\.Echo", method: "S.*" }
              backendRefs: [{ name: grpc-v1, port: 80 }]
            - matches: [{ method: { service: shop.v1.Echo } }, { method: { method: Ping } }]
              backendRefs: [{ name: grpc-v2, port: 80 }]
            """, "GRPCRoute");

        Assert.Equal("grpc-v1", Backend(await mesh.Client.CallAsync("grpc", "shop.v1.Echo/Say")));
        Assert.Equal("grpc-v2", Backend(await mesh.Client.CallAsync("grpc", "shop.v1.Echo/Shout")));
        Assert.Equal("grpc-v1", Backend(await mesh.Client.CallAsync("grpc", "shop.v3.Echo/Sing")));
        Assert.Equal("grpc-v2", Backend(await mesh.Client.CallAsync("grpc", "other.Service/Ping")));
        Assert.Equal(Unimplemented, (await mesh.Client.CallAsync("grpc", "shop.v1.EchoTwo/Say")).GrpcStatus);
        Assert.Equal(Unimplemented, (await mesh.Client.CallAsync("grpc", "shop.v4.Echo/Sing")).GrpcStatus);
        // With case, as gRPC names are.
        Assert.Equal(Unimplemented, (await mesh.Client.CallAsync("grpc", "shop.v1.echo/Say")).GrpcStatus);
        // Not a gRPC call, whatever its path.
        Assert.Equal(404, (await mesh.Client.GetAsync("grpc/shop.v1.Echo/Say")).Status);
    }

    [Fact]
    public async Task Matches_RankByServiceThenMethodThenHeaders()
    {
        await using var _ = await mesh.RouteAsync("grpc", """
            - matches: [{ headers: [{ name: version, value: two }] }]
              backendRefs: [{ name: grpc-v2 }]
            - backendRefs: [{ name: grpc-v1 }]
            - matches: [{ method: { service: a.Longer } }]
              backendRefs: [{ name: grpc-v1 }]
            - matches: [{ method: { type: RegularExpression, service: "[a-z]*.S", method: SayMore } }]
              backendRefs: [{ name: grpc-v2 }]
            """, "GRPCRoute");

        Assert.Equal("grpc-v1", Backend(await mesh.Client.CallAsync("grpc", "any.Thing/Do")));
        Assert.Equal("grpc-v2", Backend(await mesh.Client.CallAsync("grpc", "any.Thing/Do", ("version", "two"))));
        Assert.Equal("grpc-v1", Backend(await mesh.Client.CallAsync("grpc", "a.Longer/Do", ("version", "two"))));
        Assert.Equal("grpc-v2", Backend(await mesh.Client.CallAsync("grpc", "x.S/SayMore")));
    }

    [Fact]
    public async Task Weights_SplitCalls()
    {
        await using var _ = await mesh.RouteAsync("grpc", "- backendRefs: [{ name: grpc-v1, weight: 70 }, { name: grpc-v2, weight: 30 }]", "GRPCRoute");

        const int Calls = 300;
        int first = 0;
        for (int i = 0; i < Calls; i++)
        {
            first += Backend(await mesh.Client.CallAsync("grpc", "a.B/C")) == "grpc-v1" ? 1 : 0;
        }

        // 70 % with four standard deviations around it; the draw is seeded.
        Assert.InRange(first, 178, 242);
    }

    [Fact]
    public async Task Headers_AreChangedBothWays()
    {
        await using var _ = await mesh.RouteAsync("grpc", """
            - filters:
                - { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-header-set, value: by-route }] } }
                - { type: ResponseHeaderModifier, responseHeaderModifier: { add: [{ name: x-answer, value: by-route }] } }
              backendRefs: [{ name: grpc-v1 }]
            """, "GRPCRoute");

        var answer = await mesh.Client.CallAsync("grpc", "a.B/C", ("x-header-set", "by-client"));

        Assert.Equal((0, "by-route", "by-route"), (answer.GrpcStatus, answer.Header("x-seen"), answer.Header("x-answer")));
    }

    [Fact]
    public async Task NoInstance_IsUnavailable()
    {
        await using var _ = await mesh.RouteAsync("grpc", "- backendRefs: [{ name: echo }]", "GRPCRoute");

        Assert.Equal(14, (await mesh.Client.CallAsync("grpc", "a.B/C")).GrpcStatus);
    }
}
