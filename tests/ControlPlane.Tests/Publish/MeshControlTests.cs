using MeshInsight.Control.V1;
using MeshInsight.Grpc.Failures;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Publish;

public sealed class MeshControlTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Connect_SecondInstance_ReachesTheFirstAsAnEndpoint()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        await using var one = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1");
        await using var two = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-2");

        var snapshot = await one.WaitAsync(s => Endpoints(s) == 2);

        Assert.True(snapshot.Version > 0);
        Assert.NotEmpty(snapshot.Epoch);
        await Eventually.GetAsync(() => control.GetAsync("/status"), s => s.GetProperty("confirmed").GetInt32() == 2);
    }

    [Fact]
    public async Task Connect_NotReadyThenGoodbye_LeavesTheEndpointsAtOnce()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        await using var one = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1");
        await using var two = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-2");
        await using var three = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-3");
        await one.WaitAsync(s => Endpoints(s) == 3);

        await two.BeatAsync(ready: false);
        await one.WaitAsync(s => Endpoints(s) == 2);
        await three.SayGoodbyeAsync();
        await one.WaitAsync(s => Endpoints(s) == 1);
    }

    [Fact]
    public async Task Connect_BrokenWithoutGoodbye_LeavesAfterTheLease()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory, o => o with { Lease = TimeSpan.FromSeconds(1) });
        await using var one = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1");
        var two = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-2");
        await one.WaitAsync(s => Endpoints(s) == 2);

        await two.DisposeAsync();

        await one.WaitAsync(s => Endpoints(s) == 1);
    }

    [Fact]
    public async Task Connect_RefusedSnapshot_IsVisibleAndNotConfirmed()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        await using var one = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1", refuses: "route 7: no such cluster");

        var status = await Eventually.GetAsync(() => control.GetAsync("/status"), s => s.GetProperty("refused").GetArrayLength() == 1);

        Assert.Equal(0, status.GetProperty("confirmed").GetInt32());
        var instance = (await control.GetAsync("/instances"))[0];
        Assert.Equal("route 7: no such cluster", instance.GetProperty("refusedProblems")[0].GetString());
    }

    [Fact]
    public async Task Restart_KnownInstances_AreNeverMissingFromASnapshot()
    {
        Snapshot before;
        await using (var control = await RunningControlPlane.StartAsync(_directory))
        {
            await using var one = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1");
            await using var two = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-2");
            before = await one.WaitAsync(s => Endpoints(s) == 2);
        }

        await using var again = await RunningControlPlane.StartAsync(_directory);
        await using var back = await FakeProxy.ConnectAsync(again, "checkout", "v1", "checkout-1", snapshotVersion: before.Version);
        var first = await back.WaitAsync(s => s.Clusters.Count > 0);

        Assert.Equal(2, Endpoints(back.Snapshots[0]));
        Assert.NotEqual(before.Epoch, first.Epoch);
        Assert.True(first.Version > before.Version);
    }

    [Fact]
    public async Task Restart_DataLostWhileSidecarsAreAtWork_WaitsForThemBeforeItPublishes()
    {
        var clock = new ManualTimeProvider();
        await using var control = await RunningControlPlane.StartAsync(_directory, o => o with { Lease = TimeSpan.FromHours(1), RestartGrace = TimeSpan.FromSeconds(2) }, clock);
        await using var one = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1", snapshotVersion: 40);
        await using var two = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-2", snapshotVersion: 40);
        await Eventually.GetAsync(() => control.GetAsync("/instances"), i => i.EnumerateArray().Count(one => one.GetProperty("ready").GetBoolean()) == 2);
        Assert.Empty(one.Snapshots);

        await Eventually.HoldsAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            return one.Snapshots.Any(s => s.Clusters.Count > 0);
        });

        Assert.All(one.Snapshots, s => Assert.Equal(2, Endpoints(s)));
    }

    [Fact]
    public async Task Connect_FirstStartWithADirectory_TheFirstSnapshotHasItsRoutes()
    {
        string resources = _directory.File("resources");
        Directory.CreateDirectory(resources);
        await File.WriteAllTextAsync(Path.Combine(resources, "shop.yaml"), Shop.Services + "\n---\n" + Shop.Route);
        await using var control = await RunningControlPlane.StartAsync(_directory, o => o with { ResourcesDirectory = resources });
        await using var one = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1");

        await one.WaitAsync(s => s.Clusters.Any(c => c.Endpoints.Count > 0));

        Assert.All(one.Snapshots, s => Assert.Equal(3, s.Routes.Count(r => r.Service == "checkout")));
    }

    [Fact]
    public async Task Connect_WrongTokenOrFirstMessage_IsRefusedWithTheReason()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        Assert.Equal(GrpcStatusCode.Unauthenticated, (await FailAsync(control, "wrong", new ProxyMessage { Hello = new Hello { InstanceId = "a", Service = "b" } })).Code);
        Assert.Equal(GrpcStatusCode.InvalidArgument, (await FailAsync(control, null, new ProxyMessage { Heartbeat = new Heartbeat() })).Code);
        var failure = await FailAsync(control, null, new ProxyMessage { Hello = new Hello { InstanceId = "a", Service = "b", InboundAddress = "nowhere" } });
        Assert.Equal(GrpcStatusCode.InvalidArgument, failure.Code);
        Assert.Contains("host:port", failure.Message, StringComparison.Ordinal);
    }

    private static int Endpoints(Snapshot snapshot) =>
        snapshot.Clusters.Where(c => c.Name == "checkout").Select(c => c.Endpoints.Count(e => !e.NotReady)).FirstOrDefault();

    private static async Task<GrpcException> FailAsync(RunningControlPlane control, string? token, ProxyMessage message)
    {
        using var channel = control.Channel(token);
        await using var call = channel.Duplex<ProxyMessage, ControlMessage>("/meshinsight.control.v1.MeshControl/Connect", ControlMessage.Parser);
        return await Assert.ThrowsAsync<GrpcException>(async () =>
        {
            await call.WriteAsync(message);
            await call.ReadAsync();
        });
    }
}
