using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>The wire's gateways as ours. Values only; <see cref="GatewayValidator"/> says whether they make sense.</summary>
internal static class GatewayReader
{
    public static GatewayConfig Read(Wire.Gateway gateway) => new(gateway.Name, [.. gateway.Listeners.Select(Read)]) { External = [.. gateway.External.Select(Read)] };

    private static GatewayListener Read(Wire.GatewayListener listener) => new(
        listener.Name,
        listener.Hostname,
        listener.Port,
        (GatewayProtocol)listener.Protocol,
        listener.Passthrough,
        [.. listener.Certificates],
        [.. listener.Hosts.Select(Read)])
    { Http3 = listener.Http3 };

    private static HostConfig Read(Wire.HostRoutes host) => new(host.Hostname, [.. host.Routes.Select(SnapshotReader.Read)]);
}
