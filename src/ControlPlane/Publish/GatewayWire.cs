using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>A gateway as control.proto has it.</summary>
internal static class GatewayWire
{
    public static Wire.Gateway Write(GatewayConfig gateway)
    {
        var message = new Wire.Gateway { Name = gateway.Name };
        message.Listeners.AddRange(gateway.Listeners.Select(Write));
        message.External.AddRange(gateway.External.Select(Write));
        return message;
    }

    private static Wire.GatewayListener Write(GatewayListener listener)
    {
        var message = new Wire.GatewayListener
        {
            Name = listener.Name,
            Hostname = listener.Hostname,
            Port = listener.Port,
            Protocol = (Wire.GatewayListener.Types.Protocol)listener.Protocol,
            Passthrough = listener.IsPassthrough,
            Http3 = listener.Http3,
        };
        message.Certificates.AddRange(listener.Certificates);
        message.Hosts.AddRange(listener.Hosts.Select(Write));
        return message;
    }

    private static Wire.HostRoutes Write(HostConfig host)
    {
        var message = new Wire.HostRoutes { Hostname = host.Hostname };
        message.Routes.AddRange(host.Routes.Select(SnapshotWire.Write));
        return message;
    }
}
