using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Snapshots;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Tests.Protect;

/// <summary>The bound of an app, from the snapshot to the requests that its own sidecar lets in.</summary>
public sealed class OverloadTests
{
    private static Overload Bound(int maxRequests, int maxPending, int maxWaitMillis = 60_000) =>
        new() { MaxRequests = maxRequests, MaxPendingRequests = maxPending, MaxWaitMillis = maxWaitMillis };

    private static Snapshot With(Snapshot snapshot, Overload? overload)
    {
        snapshot.Overloads.Add(new Control.V1.ServiceOverload { Service = "checkout", Overload = overload });
        return snapshot;
    }

    /// <summary>An app that answers nobody before the gate is opened, behind a bound.</summary>
    private static async Task<(MeshRig Rig, Sidecar Caller, Sidecar Checkout, GatedApp App)> StartAsync(Overload overload, ClusterProtocol protocol = ClusterProtocol.Http)
    {
        var rig = await MeshRig.StartAsync();
        var app = new GatedApp();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(app.AnswerAsync, protocol == ClusterProtocol.Http ? HttpProtocols.Http1 : HttpProtocols.Http2), protocol);
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, With(MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", protocol, checkout)]), overload));
        return (rig, caller, checkout, app);
    }

    [Fact]
    public void Snapshot_EveryField_IsReadInItsPlace()
    {
        var overload = Bound(1, 2, 3);
        overload.Adaptive = new() { MinConcurrency = 4, MaxConcurrency = 5, UpdateIntervalMillis = 6, BufferPercent = 7, MinRttIntervalMillis = 8, MinRttRequests = 10, JitterPercent = 11 };
        var snapshot = With(MeshConfig.Of([MeshConfig.Route("checkout")], []), overload);
        snapshot.Routes[0].Priority = new() { Default = Control.V1.PriorityClass.High, Header = "x-tier", Values = { ["gold"] = Control.V1.PriorityClass.Critical } };

        var read = SnapshotReader.Read(snapshot);

        Assert.Equal(
            new Contracts.Mesh.ServiceOverload("checkout", new(1, new(4, 5, TimeSpan.FromMilliseconds(6), 7, TimeSpan.FromMilliseconds(8), 10, 11), 2, TimeSpan.FromMilliseconds(3))), read.Overloads.Single());
        var priority = read.Routes[0].Priority!;
        Assert.Equal((Contracts.Mesh.PriorityClass.High, "x-tier", Contracts.Mesh.PriorityClass.Critical), (priority.Default, priority.Header, priority.Values["gold"]));
        Assert.Empty(SnapshotValidator.Problems(read));
    }

    [Fact]
    public void Snapshot_WithBadBounds_NamesEveryProblem()
    {
        var overload = Bound(0, -1, 0);
        overload.Adaptive = new() { MinConcurrency = 9, MaxConcurrency = 8, UpdateIntervalMillis = 0, BufferPercent = -1, MinRttIntervalMillis = 0, MinRttRequests = 1, JitterPercent = 101 };
        var snapshot = With(With(MeshConfig.Of([MeshConfig.Route("checkout")], []), overload), null);
        snapshot.Routes[0].Priority = new() { Default = (Control.V1.PriorityClass)9 };

        var problems = SnapshotValidator.Problems(SnapshotReader.Read(snapshot));

        string[] expected =
        [
            "'checkout' has 2 overloads", "maxPendingRequests is -1", "maxWait [ms] is 0", "adaptive.minConcurrency is 9; allowed are 1 to 8", "adaptive.updateInterval [ms] is 0", "adaptive.bufferPercent is -1",
            "adaptive.minRttInterval [ms] is 0", "adaptive.minRttRequests is 1", "adaptive.jitterPercent is 101", "overload.maxRequests is 0; allowed are 1", "priority class 9 is not known",
        ];
        Assert.All(expected, text => Assert.Contains(problems, p => p.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Get_BeyondTheBound_IsShedWithItsReason()
    {
        var (rig, caller, checkout, app) = await StartAsync(Bound(1, 0));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        var first = client.GetStringAsync("/");
        await app.ArrivedAsync();

        using var shed = await client.GetAsync("/");
        string metrics = await TelemetryTests.AdminAsync(checkout, "/metrics");
        string dump = await TelemetryTests.AdminAsync(checkout, "/config_dump");
        app.Open();

        Assert.Equal("done", await first);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "OM"), (shed.StatusCode, shed.Headers.GetValues("x-mesh-response-flags").Single()));
        Assert.Equal("the app has as many requests in flight as it can take; this one, of class medium, was shed: queue_full (OM)\n", await shed.Content.ReadAsStringAsync());
        Assert.Contains("mesh_proxy_admission_refused_total{priority=\"medium\",reason=\"queue_full\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("mesh_proxy_admitted_total{priority=\"medium\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\"maxRequests\": 1", dump, StringComparison.Ordinal);
        var span = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Server && s["mesh.response_flags"] == "OM"))[0];
        Assert.Equal(SpanStatus.Error, span.Status);
        Assert.Equal("done", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task GrpcCall_BeyondTheBound_IsUnavailable()
    {
        var (rig, caller, _, app) = await StartAsync(Bound(1, 0), ClusterProtocol.Grpc);
        await using var _ = rig;
        using var client = MeshRig.Client(caller, 2);
        var first = client.SendAsync(Call());
        await app.ArrivedAsync();

        using var shed = await client.SendAsync(Call());
        app.Open();

        (await first).Dispose();
        Assert.Equal((HttpStatusCode.OK, "14"), (shed.StatusCode, shed.Headers.GetValues("grpc-status").Single()));

        static HttpRequestMessage Call() => new(HttpMethod.Post, "/shop.v1.Checkout/Pay")
        {
            Version = HttpVersion.Version20,
            Content = new ByteArrayContent(new byte[5]) { Headers = { ContentType = new("application/grpc") } },
        };
    }

    [Fact]
    public async Task Get_ThatWaitedTooLong_IsShed()
    {
        var (rig, caller, checkout, app) = await StartAsync(Bound(1, 10, maxWaitMillis: 20));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        var first = client.GetStringAsync("/");
        await app.ArrivedAsync();

        using var shed = await client.GetAsync("/");
        app.Open();

        Assert.Equal("done", await first);
        Assert.Contains("queue_timeout (OM)", await shed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        // A place is free when the response has gone out: the client may have it before.
        await Eventually.HoldsAsync(() => Counts(checkout).Active == 0);
        Assert.Equal((0, 0, 1), Counts(checkout));
    }

    [Fact]
    public async Task Client_ThatLeavesWhileItWaits_LeavesItsPlaceToTheNext()
    {
        var (rig, caller, checkout, app) = await StartAsync(Bound(1, 10));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        var first = client.GetStringAsync("/");
        await app.ArrivedAsync();
        using var leave = new CancellationTokenSource();
        var leaving = client.GetAsync("/", leave.Token);
        var staying = client.GetStringAsync("/");
        await Eventually.HoldsAsync(() => checkout.Overload.Gate!.Report().Waiting.Sum() == 2);

        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        await Eventually.HoldsAsync(() => checkout.Overload.Gate!.Report().Waiting.Sum() == 1);
        app.Open();

        Assert.Equal(("done", "done"), (await first, await staying));
        await Eventually.HoldsAsync(() => Counts(checkout).Active == 0);
        Assert.Equal(1, checkout.Overload.Gate!.Report().Refused[Contracts.Mesh.PriorityClass.Medium.Rank(), (int)AdmissionAnswer.ClientGone]);
    }

    [Fact]
    public async Task App_ThatIsAway_LeaksNoPlace()
    {
        await using var rig = await MeshRig.StartAsync();
        var app = await TestApp.StartAsync(_ => Task.CompletedTask);
        var checkout = await rig.StartServiceAsync("checkout", "v1", app);
        await app.DisposeAsync();
        await rig.PublishAsync(1, With(MeshConfig.Of([], []), Bound(1, 0)));
        using var client = new HttpClient { BaseAddress = checkout.Url(ListenerSide.Inbound) };

        for (int i = 0; i < 3; i++)
        {
            using var response = await client.GetAsync("/");
            Assert.Equal("UF", response.Headers.GetValues("x-mesh-response-flags").Single());
        }

        Assert.Equal((0, 0, 0), Counts(checkout));
    }

    [Fact]
    public async Task Policy_TakenAway_LetsInWhoWaits_AndBoundsNobody()
    {
        var (rig, caller, checkout, app) = await StartAsync(Bound(1, 10));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        var first = client.GetStringAsync("/");
        var second = client.GetStringAsync("/");
        await app.ArrivedAsync();
        await Eventually.HoldsAsync(() => checkout.Overload.Gate!.Report().Waiting.Sum() == 1);

        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));

        await app.ArrivedAsync();
        Assert.Null(checkout.Overload.Gate);
        app.Open();
        Assert.Equal(("done", "done"), (await first, await second));
    }

    [Fact]
    public async Task AdaptiveLimit_IsLearnedFromTheApp()
    {
        var overload = Bound(0, 100);
        overload.Adaptive = new() { MinConcurrency = 3, MaxConcurrency = 500, UpdateIntervalMillis = 1, BufferPercent = 25, MinRttIntervalMillis = 60_000, MinRttRequests = 10, JitterPercent = 0 };
        var (rig, caller, checkout, app) = await StartAsync(overload);
        await using var _ = rig;
        app.Open();
        using var client = MeshRig.Client(caller);

        for (int i = 0; i < 200 && checkout.Overload.Gate!.Report().IsMeasuring; i++)
        {
            Assert.Equal("done", await client.GetStringAsync("/"));
        }

        var report = checkout.Overload.Gate!.Report();
        Assert.False(report.IsMeasuring);
        Assert.True(report.MinRtt > TimeSpan.Zero);
        string metrics = await TelemetryTests.AdminAsync(checkout, "/metrics");
        Assert.Contains("envoy_http_adaptive_concurrency_gradient_controller_min_rtt_msecs ", metrics, StringComparison.Ordinal);
    }

    private static (int Active, int Working, long TimedOut) Counts(Sidecar sidecar)
    {
        var report = sidecar.Overload.Gate!.Report();
        return (report.Active, report.Working, report.Refused[Contracts.Mesh.PriorityClass.Medium.Rank(), (int)AdmissionAnswer.QueueTimeout]);
    }
}
