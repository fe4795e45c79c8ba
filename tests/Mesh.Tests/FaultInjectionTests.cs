using MeshInsight.Mesh.Tests.Support;

namespace MeshInsight.Mesh.Tests;

[Collection(EchoMeshTests.Name)]
public sealed class FaultInjectionTests(EchoMesh mesh)
{
    private static string Fault(string spec, string service = "echo-v1") => $$"""
        apiVersion: meshinsight.io/v1
        kind: FaultInjection
        metadata: { name: broken }
        spec:
          targetRefs: [{ group: "", kind: Service, name: {{service}} }]
          {{spec}}
        """;

    [Fact]
    public async Task Abort_OfRequestsWithAHeader_LeavesTheOthersAlone()
    {
        await using var applied = await mesh.ApplyAsync(Fault("""
            matches: [{ headers: [{ name: x-tester, value: me }] }]
              abort: { httpStatus: 507 }
            """));

        var aborted = await mesh.Client.GetAsync("echo-v1/", ("x-tester", "me"));
        Assert.Equal((507, "FI"), (aborted.Status, aborted.Header("x-mesh-response-flags")));
        Assert.Equal("echo-v1", (await mesh.Client.GetAsync("echo-v1/")).Backend);
        Assert.Equal("echo-v2", (await mesh.Client.GetAsync("echo-v2/", ("x-tester", "me"))).Backend);
    }

    [Fact]
    public async Task Abort_OfNamedCallersOnly_IsForThem()
    {
        const string Caller = """

            ---
            apiVersion: meshinsight.io/v1
            kind: Service
            metadata: { name: client }
            spec: { versions: [v1] }
            """;
        await using (await mesh.ApplyAsync(Fault("""
            from: [{ kind: Service, name: client }]
              abort: { grpcStatus: RESOURCE_EXHAUSTED }
            """, "grpc-v1") + Caller))
        {
            Assert.Equal(8, (await mesh.Client.CallAsync("grpc-v1", "echo.Echo/Say")).GrpcStatus);
        }

        await using var others = await mesh.ApplyAsync(Fault("""
            from: [{ kind: Service, name: echo-v2 }]
              abort: { grpcStatus: RESOURCE_EXHAUSTED }
            """, "grpc-v1"));
        Assert.Equal(0, (await mesh.Client.CallAsync("grpc-v1", "echo.Echo/Say")).GrpcStatus);
    }

    [Fact]
    public async Task Delay_BeyondTheRoutesTimeout_IsA504ThatNamesTheFault()
    {
        await using var route = await mesh.RouteAsync("echo", """
            - timeouts: { request: 50ms }
              backendRefs: [{ name: echo-v1, port: 8080 }]
            """);
        await using var applied = await mesh.ApplyAsync(Fault("delay: { fixedDelay: 1h, percentage: 100 }", "echo"));

        var answer = await mesh.Client.GetAsync("echo/");

        Assert.Equal((504, "the request's time was over while FaultInjection broken delayed it (UT,DI)\n"), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task HeaderFaults_AreInjectedWhereAllowed()
    {
        Assert.Equal(200, (await mesh.Client.GetAsync("echo-v1/", ("x-envoy-fault-abort-request", "500"))).Status);

        await using var applied = await mesh.ApplyAsync(Fault("abort: { headerAbort: true }"));

        Assert.Equal(500, (await mesh.Client.GetAsync("echo-v1/", ("x-envoy-fault-abort-request", "500"))).Status);
        Assert.Equal(200, (await mesh.Client.GetAsync("echo-v1/")).Status);
    }
}
