using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Registry;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Registry;

public sealed class InstanceRegistryTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    private readonly TempDirectory _directory = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Renew_FirstHello_IsNoEndpointBeforeTheAppIsReady()
    {
        var registry = NewRegistry();
        registry.Renew(Instance("a"), 1, ready: null);
        Assert.False(registry.Instances[0].IsEndpoint);

        registry.Renew(Instance("a"), 1, ready: true);
        Assert.True(registry.Instances[0].IsEndpoint);

        registry.Renew(Instance("a"), 1, ready: false);
        Assert.False(registry.Instances[0].IsEndpoint);
    }

    [Fact]
    public void Expire_SilentForTheLease_DropsTheInstance()
    {
        var registry = NewRegistry();
        registry.Renew(Instance("a"), 1, ready: true);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Empty(registry.Expire());

        _clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("a", Assert.Single(registry.Expire()).InstanceId);
        Assert.Empty(registry.Instances);
    }

    [Fact]
    public void Renew_OldStreamAfterANewerOne_ChangesNothing()
    {
        var registry = NewRegistry();
        registry.Renew(Instance("a"), 1, ready: true);
        registry.Renew(Instance("a", "127.0.0.1:2"), 2, ready: true);

        Assert.False(registry.Renew(Instance("a"), 1, ready: false));
        registry.Remove("a", 1);
        registry.Disconnect("a", 1);

        Assert.Equal("127.0.0.1:2", Assert.Single(registry.Instances).Address);
        Assert.True(registry.Instances[0].IsConnected);
    }

    [Fact]
    public void Restart_KnownInstances_StayEndpointsForTheGraceAndThenGo()
    {
        var before = NewRegistry();
        before.Renew(Instance("a"), 1, ready: true);
        before.Renew(Instance("b"), 2, ready: true);
        before.Save();

        var after = NewRegistry();
        Assert.True(after.HasHistory);
        Assert.Equal(2, after.Instances.Count(i => i.IsEndpoint));
        // Back, and not asked for readiness yet: it was ready, so it stays an endpoint.
        after.Renew(Instance("a"), 1, ready: null);
        Assert.Equal(2, after.Instances.Count(i => i.IsEndpoint));

        _clock.Advance(Lease - TimeSpan.FromSeconds(1));
        after.Renew(Instance("a"), 1, ready: true);
        _clock.Advance(Lease - TimeSpan.FromSeconds(1));
        Assert.Empty(after.Expire());
        after.Renew(Instance("a"), 1, ready: true);
        _clock.Advance(Lease - TimeSpan.FromSeconds(1));
        after.Renew(Instance("a"), 1, ready: true);
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("b", Assert.Single(after.Expire()).InstanceId);
    }

    [Fact]
    public void Renew_NothingNew_RaisesNothing()
    {
        var registry = NewRegistry();
        registry.Renew(Instance("a"), 1, ready: true);
        int raised = 0;
        registry.Changed += () => raised++;

        registry.Renew(Instance("a"), 1, ready: true);
        registry.Disconnect("a", 1);

        Assert.Equal(0, raised);
    }

    private InstanceRegistry NewRegistry() => new(_directory.File("data"), Lease, Grace, _clock);

    private static InstanceState Instance(string id, string address = "127.0.0.1:1") =>
        new(id, "checkout", "v1", "", address, "", ClusterProtocol.Http, IsReady: false, default, default, IsConnected: true);
}
