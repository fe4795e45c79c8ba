using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Protect;

public sealed class CircuitBreakerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static ValueTask<BreakerAnswer> Enter(CircuitBreaker breaker, bool sharesConnections = false) =>
        breaker.EnterAsync(sharesConnections, CancellationToken.None, CancellationToken.None);

    private static async Task<(MeshRig Rig, Sidecar Caller)> StartAsync(RequestDelegate app, Breaker breaker, Retry? retry = null)
    {
        var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(app));
        var caller = await rig.StartCallerAsync();
        var route = MeshConfig.Route("checkout", ("checkout/v1", 1));
        route.Retry = retry;
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout);
        cluster.Policy = new() { Breaker = breaker };
        await rig.PublishAsync(2, MeshConfig.Of([route], [cluster]));
        return (rig, caller);
    }

    [Fact]
    public async Task Requests_AboveTheirLimit_AreRefusedAtOnce()
    {
        var breaker = new CircuitBreaker(new(10, 10, 2, 0));
        Assert.Equal(BreakerAnswer.Admitted, await Enter(breaker));
        Assert.Equal(BreakerAnswer.Admitted, await Enter(breaker));

        Assert.Equal(BreakerAnswer.Overflow, await Enter(breaker));
        breaker.Exit();
        Assert.Equal(BreakerAnswer.Admitted, await Enter(breaker));
        Assert.Equal(1, breaker.PendingOverflows);
    }

    [Fact]
    public async Task Connections_AllInUse_MakeRequestsWaitInOrder()
    {
        var breaker = new CircuitBreaker(new(1, 2, 10, 0));
        await Enter(breaker);
        var first = Enter(breaker).AsTask();
        var second = Enter(breaker).AsTask();

        Assert.Equal(BreakerAnswer.Overflow, await Enter(breaker));
        Assert.Equal((1, 2, 3L), (breaker.Active, breaker.Pending, breaker.ConnectionOverflows));
        breaker.Exit();
        Assert.Equal(BreakerAnswer.Admitted, await first.WaitAsync(Patience));
        Assert.False(second.IsCompleted);
        breaker.Exit();
        Assert.Equal(BreakerAnswer.Admitted, await second.WaitAsync(Patience));
        breaker.Exit();
        Assert.Equal((0, 0), (breaker.Active, breaker.Pending));
    }

    [Fact]
    public async Task Connections_SharedByHttp2_DoNotLimitRequests()
    {
        var breaker = new CircuitBreaker(new(1, 0, 3, 0));

        Assert.Equal(BreakerAnswer.Admitted, await Enter(breaker, sharesConnections: true));
        Assert.Equal(BreakerAnswer.Admitted, await Enter(breaker, sharesConnections: true));
        Assert.Equal(BreakerAnswer.Admitted, await Enter(breaker, sharesConnections: true));
        Assert.Equal(BreakerAnswer.Overflow, await Enter(breaker, sharesConnections: true));
    }

    [Fact]
    public async Task Waiting_UntilTheDeadline_GivesUpAndLeavesTheQueue()
    {
        var breaker = new CircuitBreaker(new(1, 1, 10, 0));
        await Enter(breaker);
        using var deadline = new CancellationTokenSource();
        var waiting = breaker.EnterAsync(false, deadline.Token, CancellationToken.None).AsTask();

        await deadline.CancelAsync();

        Assert.Equal(BreakerAnswer.GaveUp, await waiting.WaitAsync(Patience));
        Assert.Equal(0, breaker.Pending);
        breaker.Exit();
        Assert.Equal(0, breaker.Active);
    }

    [Fact]
    public void Retries_AboveTheirLimit_AreRefused()
    {
        var breaker = new CircuitBreaker(new(1, 1, 1, 2));

        Assert.True(breaker.TryBeginRetry());
        Assert.True(breaker.TryBeginRetry());
        Assert.False(breaker.TryBeginRetry());
        breaker.EndRetry();
        Assert.True(breaker.TryBeginRetry());
        Assert.Equal(1, breaker.RetryOverflows);
    }

    [Fact]
    public async Task ManyThreads_NeverExceedTheLimit_AndNobodyIsForgotten()
    {
        var breaker = new CircuitBreaker(new(3, 1000, 1000, 0));
        int inside = 0;
        int most = 0;

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(async () =>
        {
            Assert.Equal(BreakerAnswer.Admitted, await Enter(breaker));
            int now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            breaker.Exit();
        }))).WaitAsync(Patience);

        Assert.InRange(most, 1, 3);
        Assert.Equal((0, 0), (breaker.Active, breaker.Pending));
    }

    [Fact]
    public async Task Get_WhenTheBreakerIsOpen_Gets503WithUO()
    {
        var release = new TaskCompletionSource();
        var arrived = new SemaphoreSlim(0);
        var (rig, caller) = await StartAsync(
            async context =>
            {
                arrived.Release();
                await release.Task;
                await context.Response.WriteAsync("done");
            },
            new() { MaxConnections = 1, MaxPendingRequests = 0, MaxRequests = 10, MaxRetries = 3 });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        var first = client.GetStringAsync("/");
        Assert.True(await arrived.WaitAsync(Patience));

        using var refused = await client.GetAsync("/");
        string metrics = await TelemetryTests.AdminAsync(caller, "/metrics");
        release.SetResult();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "UO"), (refused.StatusCode, refused.Headers.GetValues("x-mesh-response-flags").Single()));
        Assert.Equal("done", await first);
        Assert.Contains("envoy_cluster_circuit_breakers_default_cx_open{envoy_cluster_name=\"checkout/v1\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("envoy_cluster_upstream_rq_pending_overflow{envoy_cluster_name=\"checkout/v1\"} 1\n", metrics, StringComparison.Ordinal);
        var span = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client && s["mesh.response_flags"] == "UO"))[0];
        Assert.Equal(SpanStatus.Error, span.Status);
        Assert.Equal("done", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Get_ThatWaitsBeyondItsTimeout_Gets504()
    {
        var release = new TaskCompletionSource();
        var arrived = new SemaphoreSlim(0);
        var (rig, caller) = await StartAsync(
            async context =>
            {
                arrived.Release();
                await release.Task;
            },
            new() { MaxConnections = 1, MaxPendingRequests = 1, MaxRequests = 10 });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        var first = client.GetAsync("/");
        Assert.True(await arrived.WaitAsync(Patience));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { TimeoutHeaders.Http, "100" } } };
        using var late = await client.SendAsync(request);
        release.SetResult();

        Assert.Equal((HttpStatusCode.GatewayTimeout, "UT"), (late.StatusCode, late.Headers.GetValues("x-mesh-response-flags").Single()));
        (await first).Dispose();
    }

    [Fact]
    public async Task Retries_AboveTheLimit_AreNotMadeAndFlagged()
    {
        int calls = 0;
        var (rig, caller) = await StartAsync(
            context =>
            {
                Interlocked.Increment(ref calls);
                context.Response.StatusCode = 503;
                return Task.CompletedTask;
            },
            new() { MaxConnections = 10, MaxPendingRequests = 10, MaxRequests = 10, MaxRetries = 0 },
            MeshConfig.Retry(3, 503));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (response.StatusCode, calls));
        var span = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client))[0];
        Assert.Equal("UO", span["mesh.response_flags"]);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
