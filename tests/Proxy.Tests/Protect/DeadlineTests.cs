using System.Globalization;
using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Proxy.Tests.Protect;

public sealed class DeadlineTests
{
    private static long Millis(StringValues header) => long.Parse(header.ToString(), CultureInfo.InvariantCulture);

    private static HttpRequestMessage Get(string path, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    [Theory]
    [InlineData("250", null, 250)]
    [InlineData(null, "100m", 100)]
    [InlineData(null, "2S", 2000)]
    [InlineData(null, "1M", 60_000)]
    [InlineData(null, "1H", 3_600_000)]
    [InlineData(null, "5000000n", 5)]
    [InlineData(null, "1n", 0)]
    [InlineData(null, "7000u", 7)]
    [InlineData("250", "100m", 100)]
    [InlineData("50", "100m", 50)]
    [InlineData("0", null, 0)]
    [InlineData(null, "99999999H", null)]
    [InlineData("-5", null, null)]
    [InlineData("1.5", null, null)]
    [InlineData("9999999999", null, null)]
    [InlineData(null, "123456789m", null)]
    [InlineData(null, "m", null)]
    [InlineData(null, "10x", null)]
    [InlineData(null, null, null)]
    public void Read_EveryForm_TakesTheShorterAndIgnoresNonsense(string? http, string? grpc, int? millis)
    {
        var headers = new HeaderDictionary { [TimeoutHeaders.Http] = http, [TimeoutHeaders.Grpc] = grpc };

        Assert.Equal(millis, TimeoutHeaders.Read(headers)?.TotalMilliseconds);
    }

    [Fact]
    public async Task Tunnel_WhoseTimeIsOverBeforeItBegins_DoesNotBegin()
    {
        var clock = new ManualTimeProvider();
        using var deadline = Deadline.Of(TimeSpan.FromMilliseconds(200), TimeSpan.Zero, clock);
        var exchange = new Exchange { IsInbound = false, Context = new DefaultHttpContext(), Trace = default, StartedAt = default, StartTimestamp = 0, IsGrpc = false };
        var call = new ForwardCall(clock);
        call.Begin(exchange, AttemptRecord.Empty(), deadline);
        clock.Advance(TimeSpan.FromMilliseconds(300));
        using var response = new HttpResponseMessage(HttpStatusCode.SwitchingProtocols);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call.TransformResponseAsync(exchange.Context, response, default));
    }

    [Fact]
    public void Write_ThenRead_GivesTheSameTime() => Property.ForAll(200, random =>
    {
        var left = TimeSpan.FromMilliseconds(random.NextInt64(1, (long)TimeSpan.FromDays(9).TotalMilliseconds));
        var headers = new HeaderDictionary();
        bool isGrpc = random.Next(2) == 0;

        TimeoutHeaders.Write(headers, left, isGrpc);

        Assert.InRange((left - TimeoutHeaders.Read(headers)!.Value).TotalMilliseconds, 0, isGrpc && left > TimeSpan.FromDays(1) ? 1000 : 0);
    });

    [Fact]
    public void TryTimeLeft_ShrinksWithTheWholeAndNeverExceedsTheTry()
    {
        var clock = new ManualTimeProvider();
        using var deadline = Deadline.Of(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(4), clock);

        Assert.Equal(4, deadline.TryTimeLeft!.Value.TotalSeconds);
        clock.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(3, deadline.TryTimeLeft!.Value.TotalSeconds);
        Assert.Null(Deadline.Of(TimeSpan.Zero, TimeSpan.Zero, clock).TryTimeLeft);
        Assert.Equal(4, Deadline.Of(TimeSpan.Zero, TimeSpan.FromSeconds(4), clock).TryTimeLeft!.Value.TotalSeconds);
    }

    [Fact]
    public async Task RouteTimeout_IsToldToTheApp_AndShrinksFromTryToTry()
    {
        var told = new List<long>();
        var clock = new ManualTimeProvider();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            context =>
            {
                told.Add(Millis(context.Request.Headers[TimeoutHeaders.Http]));
                clock.Advance(TimeSpan.FromMilliseconds(30));
                context.Response.StatusCode = told.Count < 2 ? 503 : 200;
                return Task.CompletedTask;
            },
            route =>
            {
                route.TimeoutMillis = 60_000;
                route.Retry = MeshConfig.Retry(1, 503);
                return route;
            },
            clock: clock);
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        var answer = client.GetAsync("/");
        // The pause between tries is to pass, too.
        await Eventually.HoldsAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            return answer.IsCompleted;
        });

        (await answer).EnsureSuccessStatusCode();
        Assert.InRange(told[0], 1, 60_000);
        Assert.InRange(told[1], 1, told[0] - 30);
    }

    [Fact]
    public async Task ClientsOwnTimeout_ShorterThanTheRoutes_Gets504()
    {
        var never = new TaskCompletionSource();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => never.Task.WaitAsync(context.RequestAborted), route =>
        {
            route.TimeoutMillis = 60_000;
            return route;
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.SendAsync(Get("/", (TimeoutHeaders.Http, "100")));

        Assert.Equal((HttpStatusCode.GatewayTimeout, "UT"), (response.StatusCode, response.Headers.GetValues("x-mesh-response-flags").Single()));
    }

    [Fact]
    public async Task DeadlineThatHasPassed_IsAnsweredWithoutCallingAnyone()
    {
        int calls = 0;
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context =>
        {
            calls++;
            return Task.CompletedTask;
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.SendAsync(Get("/", (TimeoutHeaders.Http, "0")));

        Assert.Equal((HttpStatusCode.GatewayTimeout, 0), (response.StatusCode, calls));
        Assert.Equal("UT", (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client))[0]["mesh.response_flags"]);
    }

    [Fact]
    public async Task CallMadeForARequest_InheritsWhatThatHasLeft_WithoutTheAppPassingIt()
    {
        await using var rig = await MeshRig.StartAsync();
        long told = 0;
        var payment = await rig.StartServiceAsync("payment", "v1", await rig.StartAppAsync(context =>
        {
            told = Millis(context.Request.Headers[TimeoutHeaders.Http]);
            return context.Response.WriteAsync("paid");
        }));
        Sidecar checkout = null!;
        checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(async context =>
        {
            using var client = MeshRig.Client(checkout);
            // All that the app passes on is the trace.
            using var response = await client.SendAsync(Get("http://payment.mesh/", ("traceparent", context.Request.Headers.TraceParent.ToString())));
            await context.Response.WriteAsync(await response.Content.ReadAsStringAsync());
        }));
        var caller = await rig.StartCallerAsync();
        var route = MeshConfig.Route("checkout", ("checkout/v1", 1));
        route.TimeoutMillis = 50_000;
        await rig.PublishAsync(3, MeshConfig.Of(
            [route, MeshConfig.Route("payment", ("payment/v1", 1))],
            [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout), MeshConfig.Cluster("payment", "v1", ClusterProtocol.Http, payment)]));
        using var web = MeshRig.Client(caller);

        Assert.Equal("paid", await web.GetStringAsync("/"));

        Assert.InRange(told, 1, 50_000);
    }

    [Fact]
    public void OpenInbound_KnowsTheDeadlineOfTheRequestACallIsMadeFor()
    {
        var open = new OpenInbound();
        var trace = new TraceId(1, 2);
        open.Add(trace, new(7), 700);
        open.Add(trace, new(8));

        var known = open.Find(trace, new(7));
        Assert.Equal(new SpanId(7), known.SpanId);
        Assert.Equal(700, known.Deadline);
        Assert.Equal(0, open.Find(trace, new(9)).Deadline);
    }
}
