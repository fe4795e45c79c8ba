using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Snapshots;

public sealed class SnapshotTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static async Task<HttpStatusCode> ReadyzAsync(Sidecar sidecar)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri(sidecar.Url(ListenerSide.Admin), "/readyz"));
        return response.StatusCode;
    }

    [Fact]
    public async Task Swaps_UnderLoad_FailNoRequest()
    {
        await using var rig = await MeshRig.StartAsync();
        var one = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("v1")));
        var two = await rig.StartServiceAsync("checkout", "v2", await rig.StartAppAsync(context => context.Response.WriteAsync("v2")));
        var caller = await rig.StartCallerAsync();
        Snapshot At(int weight) => MeshConfig.Of(
            [MeshConfig.Route("checkout", ("checkout/v1", 100 - weight), ("checkout/v2", weight))],
            [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, one), MeshConfig.Cluster("checkout", "v2", ClusterProtocol.Http, two)]);
        await rig.PublishAsync(3, At(0));
        using var stop = new CancellationTokenSource();
        using var client = MeshRig.Client(caller);
        var load = Enumerable.Range(0, 4).Select(async _ =>
        {
            int requests = 0;
            for (; !stop.IsCancellationRequested; requests++)
            {
                using var response = await client.PostAsync("/", new StringContent("order"));
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }

            return requests;
        }).ToList();

        for (int i = 0; i < 200; i++)
        {
            await rig.PublishAsync(3, At(i % 101));
        }

        await stop.CancelAsync();
        Assert.True((await Task.WhenAll(load)).Sum() > 200);
        Assert.Equal(201, caller.Keeper.Version);
    }

    [Fact]
    public async Task BadSnapshot_IsRefusedWithEveryProblem_AndTheOldStays()
    {
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var _ = rig;
        var bad = MeshConfig.Of(
            [MeshConfig.Route("checkout", ("checkout/v1", -1)), new Route { Name = "nameless" }],
            [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, "nowhere")]);
        bad.Routes[0].Matches.Add(new Control.V1.Match { PathKind = Control.V1.Match.Types.PathKind.Regex, Path = "(" });
        bad.Routes[0].Retry = new() { Attempts = 99, Codes = { 200 } };
        bad.Routes[0].Port = 99999;
        bad.Routes[0].Filters = new()
        {
            Request = new() { Set = { new Control.V1.HeaderValue { Name = "bad name", Value = "a" }, new Control.V1.HeaderValue { Name = "x", Value = "a\r\nb" } } },
            Redirect = new() { Status = 200, Scheme = "ftp" },
            Rewrite = new() { Path = new() { Kind = Control.V1.PathChange.Types.Kind.ReplaceFullPath, Value = "no-slash" } },
            Mirrors = { new Control.V1.Mirror { Numerator = 2, Denominator = 1 } },
        };
        bad.Version = 9;

        rig.Control.Publish(bad);
        using var limit = new CancellationTokenSource(Patience);
        var answer = await rig.Control.Answers.Reader.ReadAsync(limit.Token);

        Assert.False(answer.Accepted);
        Assert.Equal(9, answer.Version);
        foreach (string part in (string[])["weight -1", "service is empty", "'nowhere'", "expression '('", "attempts is 99", "codes has 200", "port is 99999", "'bad name'", "line break", "status is 200", "'ftp'", "'no-slash'", "both a redirect", "2 of 1"])
        {
            Assert.Contains(answer.Problems, p => p.Contains(part, StringComparison.Ordinal));
        }

        Assert.Equal(1, caller.Keeper.Version);
        using var client = MeshRig.Client(caller);
        Assert.Equal("ok", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task OlderVersion_OfTheSameEpoch_IsRefused_OfAnotherTaken()
    {
        await using var rig = await MeshRig.StartAsync();
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(1, MeshConfig.Of([], []));
        await rig.PublishAsync(1, MeshConfig.Of([], []));
        using var limit = new CancellationTokenSource(Patience);

        var older = MeshConfig.Of([], []);
        rig.Control.Publish(older);
        var refused = await rig.Control.Answers.Reader.ReadAsync(limit.Token);
        older.Epoch = "after a restart";
        rig.Control.Publish(older);
        var taken = await rig.Control.Answers.Reader.ReadAsync(limit.Token);

        Assert.Contains("older than 2", Assert.Single(refused.Problems), StringComparison.Ordinal);
        Assert.True(taken.Accepted);
        Assert.Equal(1, caller.Keeper.Version);
    }

    [Fact]
    public async Task Restart_WithoutControlPlane_RoutesByTheStoredSnapshot()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("ok")));
        var caller = await rig.StartCallerAsync(o => o with { Instance = "web-1" });
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        await caller.StopAsync();
        using var closed = new ClosedPort();

        var again = await rig.StartCallerAsync(o => o with { Instance = "web-1", ControlUrl = new($"http://{closed.Address}") });

        Assert.Equal(HttpStatusCode.OK, await ReadyzAsync(again));
        Assert.Equal(1, again.Keeper.Version);
        using var client = MeshRig.Client(again);
        Assert.Equal("ok", await client.GetStringAsync("/"));
        string file = Path.Combine(rig.Directory, "snapshot-web-1.pb");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Start_WithDamagedFile_WaitsForTheControlPlane()
    {
        await using var rig = await MeshRig.StartAsync();
        await File.WriteAllBytesAsync(Path.Combine(rig.Directory, "snapshot-web-1.pb"), [0xff, 0xff, 0xff, 0x01]);
        var caller = await rig.StartCallerAsync(o => o with { Instance = "web-1" });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ReadyzAsync(caller));
        await rig.PublishAsync(1, MeshConfig.Of([], []));
        Assert.Equal(HttpStatusCode.OK, await ReadyzAsync(caller));
    }

    [Fact]
    public async Task ControlPlane_GoneAndBack_IsFoundAgain()
    {
        // Not one of the kernel's, which it may give to somebody else meanwhile.
        int port = FreePorts.One();
        await using var rig = await MeshRig.StartAsync(port);
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("ok")));
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        await rig.Control.DisposeAsync();
        using var client = MeshRig.Client(caller);
        Assert.Equal("ok", await client.GetStringAsync("/"));

        await using var back = await FakeControlPlane.StartAsync(port);
        var snapshot = MeshConfig.Of([], []);
        snapshot.Version = 7;
        back.Publish(snapshot);
        using var limit = new CancellationTokenSource(Patience);
        var hello = await back.Hellos.Reader.ReadAsync(limit.Token);
        var answer = await back.Answers.Reader.ReadAsync(limit.Token);

        Assert.Equal(1, hello.SnapshotVersion);
        Assert.Equal((7, true), (answer.Version, answer.Accepted));
    }

    [Fact]
    public async Task Hello_SaysWhoAndWhere_HeartbeatsSayWhetherTheAppIsThere()
    {
        await using var rig = await MeshRig.StartAsync();
        string tokenFile = Path.Combine(rig.Directory, "token");
        await File.WriteAllTextAsync(tokenFile, "secret\n");
        var app = await TestApp.StartAsync(_ => Task.CompletedTask);
        var checkout = await rig.StartServiceAsync("checkout", "v2", app, ClusterProtocol.Grpc, o => o with { Zone = "a", TokenFile = tokenFile });
        using var limit = new CancellationTokenSource(Patience);

        var hello = await rig.Control.Hellos.Reader.ReadAsync(limit.Token);
        Assert.Equal(("checkout", "v2", "a", Protocol.Grpc), (hello.Service, hello.Version, hello.Zone, hello.Protocol));
        Assert.Equal(checkout.Url(ListenerSide.Inbound).Authority, hello.InboundAddress);
        Assert.Equal(checkout.Url(ListenerSide.Admin).Authority, hello.AdminAddress);
        Assert.Equal("Bearer secret", rig.Control.Tokens.First());
        while (!(await rig.Control.Heartbeats.Reader.ReadAsync(limit.Token)).Ready)
        {
        }

        await app.DisposeAsync();
        while ((await rig.Control.Heartbeats.Reader.ReadAsync(limit.Token)).Ready)
        {
        }
    }

    [Fact]
    public async Task Stop_SaysGoodbyeAndFinishesWhatIsInFlight()
    {
        var arrived = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using var rig = await MeshRig.StartAsync();
        var app = await rig.StartAppAsync(async context =>
        {
            arrived.SetResult();
            await go.Task;
            await context.Response.WriteAsync("finished");
        });
        var checkout = await rig.StartServiceAsync("checkout", "v1", app, change: o => o with { Instance = "checkout-1" });
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        using var client = MeshRig.Client(caller);
        using var limit = new CancellationTokenSource(Patience);

        var request = client.GetStringAsync("/");
        await arrived.Task;
        var stop = checkout.StopAsync();
        Assert.Equal("checkout-1", await rig.Control.Goodbyes.Reader.ReadAsync(limit.Token));
        Assert.False(stop.IsCompleted);
        go.SetResult();

        Assert.Equal("finished", await request);
        await stop.WaitAsync(Patience);
    }
}
