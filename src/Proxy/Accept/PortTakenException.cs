using System.Net;

namespace MeshInsight.Proxy.Accept;

/// <summary>Another program listens where a side wants to.</summary>
internal sealed class PortTakenException(ListenerSide side, IPEndPoint address, Exception inner) : IOException(
    $"Port {address.Port} on {address.Address} is taken by another program; the sidecar's {Name(side)} listener wanted it. {Remedy(side)}",
    inner)
{
    private static string Remedy(ListenerSide side) => side == ListenerSide.Gateway ? "Give the Gateway another port, or the port to the gateway." : $"Set {Variable(side)} to a free port (0 for any).";

    private static string Name(ListenerSide side) => side switch
    {
        ListenerSide.Inbound => "inbound",
        ListenerSide.Outbound => "outbound",
        ListenerSide.Gateway => "gateway",
        ListenerSide.CapturedInbound => "capturing inbound",
        ListenerSide.CapturedOutbound => "capturing outbound",
        _ => "admin",
    };

    private static string Variable(ListenerSide side) => side switch
    {
        ListenerSide.Inbound => "MESH_INBOUND_PORT",
        ListenerSide.Outbound => "MESH_OUTBOUND_PORT",
        ListenerSide.CapturedInbound => "MESH_CAPTURE_INBOUND_PORT",
        ListenerSide.CapturedOutbound => "MESH_CAPTURE_OUTBOUND_PORT",
        _ => "MESH_ADMIN_PORT",
    };
}
