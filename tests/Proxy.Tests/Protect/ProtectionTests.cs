using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace MeshInsight.Proxy.Tests.Protect;

public sealed class ProtectionTests
{
    private static Route WithRetry(Route route, int attempts, params int[] codes)
    {
        route.Retry = MeshConfig.Retry(attempts, codes);
        return route;
    }

    [Fact]
    public async Task Get_AnsweredWithRetryableCode_IsTriedAgain()
    {
        int calls = 0;
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            context =>
            {
                context.Response.StatusCode = ++calls < 3 ? 503 : 200;
                return context.Response.WriteAsync($"call {calls}");
            },
            route => WithRetry(route, 2, 503));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        Assert.Equal("call 3", await client.GetStringAsync("/"));

        var spans = await rig.Sink.SpansAsync(3, s => s.Kind == SpanKind.Client);
        Assert.Equal(["", "1", "2"], spans.Select(s => s["http.request.resend_count"]).Order());
        Assert.Equal([SpanStatus.Error, SpanStatus.Error, SpanStatus.Unset], spans.OrderBy(s => s.StartUnixNano).Select(s => s.Status));
    }

    [Fact]
    public async Task Get_FailingEveryTry_GetsLastAnswerAndFlag()
    {
        int calls = 0;
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            context =>
            {
                context.Response.StatusCode = 503;
                return context.Response.WriteAsync($"call {++calls}");
            },
            route => WithRetry(route, 2, 503));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/");

        Assert.Equal("call 3", await response.Content.ReadAsStringAsync());
        var spans = await rig.Sink.SpansAsync(3, s => s.Kind == SpanKind.Client);
        Assert.Equal("URX", spans.MaxBy(s => s.StartUnixNano)!["mesh.response_flags"]);
    }

    [Fact]
    public async Task Post_ThatReachedTheApp_IsNotTriedAgain()
    {
        int calls = 0;
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            context =>
            {
                calls++;
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            },
            route => WithRetry(route, 2, 503));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.PostAsync("/", new StringContent("order"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Put_TriedAgain_SendsTheSameBody()
    {
        var bodies = new List<string>();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                bodies.Add(await reader.ReadToEndAsync());
                context.Response.StatusCode = bodies.Count < 2 ? 503 : 200;
            },
            route => WithRetry(route, 2, 503));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        string body = new('x', 60_000);

        using var response = await client.PutAsync("/", new StringContent(body));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([body, body], bodies);
    }

    [Fact]
    public async Task Put_WithBodyAboveTheLimit_IsNotTriedAgain()
    {
        int calls = 0;
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            async context =>
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
                calls++;
                context.Response.StatusCode = 503;
            },
            route => WithRetry(route, 2, 503));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.PutAsync("/", new ByteArrayContent(new byte[ReplayBody.LimitBytes + 1]));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Post_ToEndpointThatRefusesConnections_GoesToTheOther()
    {
        await using var rig = await MeshRig.StartAsync();
        using var closed = new ClosedPort();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        }));
        var caller = await rig.StartCallerAsync();
        string live = checkout.Url(ListenerSide.Inbound).Authority;
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, closed.Address, live);
        await rig.PublishAsync(2, MeshConfig.Of([WithRetry(MeshConfig.Route("checkout", ("checkout/v1", 1)), 2)], [cluster]));
        using var client = MeshRig.Client(caller);

        for (int i = 0; i < 20; i++)
        {
            using var response = await client.PostAsync("/", new StringContent($"order {i}"));
            Assert.Equal($"order {i}", await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Post_WhoseAppIsDown_IsTriedAgainBecauseItNeverArrived()
    {
        await using var rig = await MeshRig.StartAsync();
        using var closed = new ClosedPort();
        var dead = await rig.StartSidecarAsync(new() { Service = "checkout", Version = "v1", AppUrl = new($"http://{closed.Address}") });
        var live = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("ok")));
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(3, MeshConfig.Of(
            [WithRetry(MeshConfig.Route("checkout", ("checkout/v1", 1)), 2)],
            [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, dead, live)]));
        using var client = MeshRig.Client(caller);

        for (int i = 0; i < 20; i++)
        {
            using var response = await client.PostAsync("/", new StringContent("order"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task Post_WhoseAppClaimsItNeverArrived_IsNotBelieved()
    {
        int calls = 0;
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            context =>
            {
                calls++;
                context.Response.StatusCode = 503;
                context.Response.Headers["x-mesh-response-flags"] = "UF";
                return Task.CompletedTask;
            },
            route => WithRetry(route, 2, 503));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.PostAsync("/", new StringContent("order"));

        Assert.False(response.Headers.Contains("x-mesh-response-flags"));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Get_LongerThanTheRoutesTimeout_Gets504()
    {
        var never = new TaskCompletionSource();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            context => never.Task.WaitAsync(context.RequestAborted),
            route =>
            {
                route.TimeoutMillis = 100;
                return route;
            });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/");

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("UT", response.Headers.GetValues("x-mesh-response-flags").Single());
        var span = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client))[0];
        Assert.Equal(("timeout", "504", SpanStatus.Error), (span["error.type"], span["http.response.status_code"], span.Status));
    }

    [Fact]
    public async Task Get_WhoseFirstTryIsTooSlow_IsTriedAgainInTime()
    {
        int calls = 0;
        var arrived = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context =>
        {
            if (++calls > 1)
            {
                return context.Response.WriteAsync("second");
            }

            arrived.SetResult();
            return never.Task.WaitAsync(context.RequestAborted);
        }));
        var clock = new ManualTimeProvider();
        rig.Clock = clock;
        var caller = await rig.StartCallerAsync();
        var route = WithRetry(MeshConfig.Route("checkout", ("checkout/v1", 100)), 1, 504);
        (route.TimeoutMillis, route.TryTimeoutMillis) = (10_000, 100);
        await rig.PublishAsync(2, MeshConfig.Of([route], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        using var client = MeshRig.Client(caller);

        var answer = client.GetStringAsync("/");
        await arrived.Task;
        clock.Advance(TimeSpan.FromMilliseconds(100));

        // Its own time stands still, however long the machine takes.
        Assert.Equal("second", await answer);
    }

    [Fact]
    public async Task Get_CutOffInsideTheBody_IsNotAnsweredTwice()
    {
        int calls = 0;
        var headSeen = new TaskCompletionSource();
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            async context =>
            {
                calls++;
                context.Response.ContentLength = 1000;
                await context.Response.WriteAsync("partial");
                await context.Response.Body.FlushAsync();
                await headSeen.Task;
                context.Abort();
            },
            route => WithRetry(route, 3, 502, 503, 504));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        headSeen.SetResult();
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());

        Assert.Equal(1, calls);
        var span = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client))[0];
        Assert.Equal(("UC", SpanStatus.Error), (span["mesh.response_flags"], span.Status));
    }

    [Fact]
    public async Task Client_ThatLeavesInsideTheBody_IsBlamedAndNobodyElse()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(async context =>
        {
            await context.Response.WriteAsync("partial");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        (await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead)).Dispose();

        Assert.All(await rig.Sink.SpansAsync(2), s => Assert.Equal(("DC", SpanStatus.Unset), (s["mesh.response_flags"], s.Status)));
    }

    [Theory]
    [InlineData(ForwarderError.ResponseBodyDestination, false, "UC")]
    [InlineData(ForwarderError.ResponseBodyCanceled, true, "UT")]
    [InlineData(ForwarderError.ResponseBodyCanceled, false, "DC")]
    [InlineData(ForwarderError.ResponseBodyClient, false, "DC")]
    [InlineData(ForwarderError.RequestCanceled, true, "DC")]
    [InlineData(ForwarderError.Request, false, "DC")]
    public void Flags_WhereTheClientLooksGone_TellWhoWasFirst(ForwarderError error, bool isDeadline, string codes) =>
        Assert.Equal(codes, UpstreamFailure.Flags(error, new IOException("it ended"), isDeadline, isClientGone: true, isBodyStalled: false).ToCodes());

    [Fact]
    public async Task Retries_AboveTheBudget_AreNotMade()
    {
        int calls = 0;
        var (rig, caller) = await MeshRig.WithCheckoutAsync(
            context =>
            {
                Interlocked.Increment(ref calls);
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            },
            route =>
            {
                route = WithRetry(route, 1, 503);
                route.Retry.BudgetPercent = 20;
                route.Retry.BudgetMinPerSecond = 0;
                return route;
            });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        for (int i = 0; i < 50; i++)
        {
            (await client.GetAsync("/")).Dispose();
        }

        Assert.Equal(60, calls);
    }
}
