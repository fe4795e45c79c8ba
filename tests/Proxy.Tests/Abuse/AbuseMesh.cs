using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;

namespace MeshInsight.Proxy.Tests.Abuse;

/// <summary>An app that remembers every byte, its sidecar, and a caller's: what hostile clients are let loose on.</summary>
public sealed class AbuseMesh : IAsyncLifetime
{
    private MeshRig _rig = null!;

    internal RawApp App { get; } = new();

    internal Sidecar Checkout { get; private set; } = null!;

    internal Sidecar Caller { get; private set; } = null!;

    /// <summary>Where clients get in: past the callers' sidecars, and through one.</summary>
    internal IReadOnlyList<Uri> Listeners => [Checkout.Url(ListenerSide.Inbound), Caller.Url(ListenerSide.Outbound)];

    public async Task InitializeAsync()
    {
        _rig = await MeshRig.StartAsync();
        Checkout = await _rig.StartSidecarAsync(new() { Service = "checkout", Version = "v1", AppUrl = App.Url });
        Caller = await _rig.StartCallerAsync();
        await _rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, Checkout)]));
    }

    public async Task DisposeAsync()
    {
        await _rig.DisposeAsync();
        await App.DisposeAsync();
    }
}
