using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Tests.Forward;

/// <summary>grpc-js calls a gRPC app through two sidecars.</summary>
public sealed class GrpcTests
{
    private static async Task<(MeshRig Rig, Sidecar Caller)> StartAsync(GrpcUnaryHandler<StringValue, StringValue> say, Action<Control.V1.Route>? change = null)
    {
        var rig = await MeshRig.StartAsync();
        var app = await rig.StartAppAsync(
            context =>
            {
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
            },
            HttpProtocols.Http2,
            map =>
            {
                map.MapGrpcUnary("/shop.v1.Echo/Say", StringValue.Parser, say);
                map.MapGrpcBidi<StringValue, StringValue>("/shop.v1.Echo/Chat", StringValue.Parser, async (requests, responses, _) =>
                {
                    while (await requests.ReadAsync() is { } request)
                    {
                        await responses.WriteAsync(new() { Value = "re: " + request.Value });
                    }
                });
            });
        var checkout = await rig.StartServiceAsync("checkout", "v1", app, ClusterProtocol.Grpc);
        var caller = await rig.StartCallerAsync();
        var route = MeshConfig.Route("checkout", ("checkout/v1", 1));
        change?.Invoke(route);
        await rig.PublishAsync(2, MeshConfig.Of([route], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Grpc, checkout)]));
        return (rig, caller);
    }

    private static async Task<JsonElement> CallAsync(Sidecar caller, string name, string argument, string authority = "checkout.mesh") =>
        JsonDocument.Parse(await NodeScript.RunAsync("proxy/grpc.js", caller.Url(ListenerSide.Outbound).Authority, authority, name, argument)).RootElement;

    [Fact]
    public async Task Unary_ThroughTwoSidecars_ComesBackWithRpcSpans()
    {
        var (rig, caller) = await StartAsync((request, _) => Task.FromResult(new StringValue { Value = "hello " + request.Value }));
        await using var _ = rig;

        var seen = await CallAsync(caller, "say", "world");

        Assert.Equal((0, "hello world"), (seen.GetProperty("code").GetInt32(), seen.GetProperty("value").GetString()));
        var spans = await rig.Sink.SpansAsync(2);
        Assert.All(spans, s => Assert.Equal(
            ("shop.v1.Echo/Say", "grpc", "shop.v1.Echo/Say", "OK", SpanStatus.Unset),
            (s.Name, s["rpc.system.name"], s["rpc.method"], s["rpc.response.status_code"], s.Status)));
        await MeshRig.CountedAsync(caller, 1);
        var series = Assert.Single(caller.Metrics.All);
        Assert.Equal((true, 0, 200, 1L, 1L), (series.Key.IsGrpc, series.Key.GrpcStatus, series.Key.Status, series.RequestMessages, series.ResponseMessages));
    }

    [Fact]
    public async Task Bidi_ThroughTwoSidecars_TakesTurns()
    {
        var (rig, caller) = await StartAsync((request, _) => Task.FromResult(request));
        await using var _ = rig;

        var seen = await CallAsync(caller, "chat", "20");

        Assert.Equal(0, seen.GetProperty("code").GetInt32());
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"re: {i}"), seen.GetProperty("values").EnumerateArray().Select(v => v.GetString()));
        await MeshRig.CountedAsync(caller, 1);
        Assert.Equal((20L, 20L), Assert.Single(caller.Metrics.All.Select(s => (s.RequestMessages, s.ResponseMessages))));
    }

    [Theory]
    [InlineData(GrpcStatusCode.NotFound, SpanStatus.Unset)]
    [InlineData(GrpcStatusCode.Internal, SpanStatus.Error)]
    public async Task Status_OfTheApp_ReachesTheClientAndTheSpans(GrpcStatusCode code, SpanStatus status)
    {
        var (rig, caller) = await StartAsync((_, _) => throw new GrpcException(code, "of the app"));
        await using var _ = rig;

        var seen = await CallAsync(caller, "say", "x");

        Assert.Equal(((int)code, "of the app"), (seen.GetProperty("code").GetInt32(), seen.GetProperty("message").GetString()));
        Assert.All(await rig.Sink.SpansAsync(2), s => Assert.Equal(status, s.Status));
    }

    [Fact]
    public async Task Unavailable_BeforeAnyMessage_IsTriedAgain()
    {
        int calls = 0;
        var (rig, caller) = await StartAsync(
            (request, _) => ++calls == 1 ? throw new GrpcException(GrpcStatusCode.Unavailable, "not yet") : Task.FromResult(request),
            route => route.Retry = MeshConfig.Retry(1, 503));
        await using var _ = rig;

        Assert.Equal("again", (await CallAsync(caller, "say", "again")).GetProperty("value").GetString());
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task ServiceWithoutRoute_GetsUnimplementedWithReason()
    {
        var (rig, caller) = await StartAsync((request, _) => Task.FromResult(request));
        await using var _ = rig;

        var seen = await CallAsync(caller, "say", "x", "unknown.mesh");

        Assert.Equal(12, seen.GetProperty("code").GetInt32());
        Assert.Contains("no route", seen.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("NR", seen.GetProperty("metadata").GetProperty("x-mesh-response-flags").GetString());
    }

    [Fact]
    public async Task RouteTimeout_GetsDeadlineExceeded()
    {
        // Without an idea of gRPC: an app that knows its deadline answers at the same moment.
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            context => Task.Delay(Timeout.Infinite, context.RequestAborted),
            route =>
            {
                route.TimeoutMillis = 150;
                return route;
            },
            ClusterProtocol.Grpc,
            HttpProtocols.Http2);
        await using var _ = rig;

        Assert.Equal(4, (await CallAsync(caller, "say", "x")).GetProperty("code").GetInt32());
        Assert.All(await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client), s => Assert.Equal(("UT", SpanStatus.Error), (s["mesh.response_flags"], s.Status)));
    }
}
