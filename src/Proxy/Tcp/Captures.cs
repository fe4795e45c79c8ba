using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Capture;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Settings;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Tcp;

/// <summary>Transparent capture of both sides, where it is switched on (docs/decisions/0151).</summary>
internal sealed class Captures
{
    public Captures(ProxyOptions options, CurrentRoutes routes, CurrentPolicy policy, TcpPaths tcp, TimeProvider time)
    {
        var (outbound, inbound) = (new CaptureCounts(), new CaptureCounts());
        Outbound = options.CaptureOutboundPort is null ? null : new(new OutboundCapture(options, routes, tcp.Outbound, tcp.Captured(isInbound: false, outbound)), outbound, options.CaptureDetect, time);
        Inbound = options.CaptureInboundPort is null ? null : new(new InboundCapture(options, policy, tcp.Captured(isInbound: true, inbound)), inbound, options.CaptureDetect, time);
    }

    public CaptureFlow? Outbound { get; }

    public CaptureFlow? Inbound { get; }

    public CaptureFlow? Of(ListenerSide side) => side switch
    {
        ListenerSide.CapturedInbound => Inbound,
        ListenerSide.CapturedOutbound => Outbound,
        _ => null,
    };

    /// <summary>What the app sends: HTTP is looked at, bytes go by the routes of whom they are for; all else passes unless only known destinations may be called.</summary>
    private sealed class OutboundCapture(ProxyOptions options, CurrentRoutes routes, OutboundTcp tcp, CapturedTcp unrouted) : ICapturePolicy
    {
        public bool TakesTls => false;

        public bool IsForMesh(IPEndPoint destination) => true;

        public bool MayRelay(IPEndPoint destination) => options.AllowsUnknown || routes.Table.ServiceAt(destination) is not null;

        public CaptureServer? ServerAt(IPEndPoint destination) => Server(routes.Table.MatchBytesAt(destination));

        // To the hosts that are declared under the name, not to where the client was going: the name is what is allowed, and anybody can say it.
        public async ValueTask<CaptureServer?> ServerByHelloAsync(PipeReader input, IPEndPoint destination, CancellationToken cancellation) =>
            await ClientHello.TryReadAsync(input, cancellation) is { ServerName: { Length: > 0 } name }
                ? Server(routes.Table.MatchBytes(Authority.Service(name), destination.Port), name)
                : null;

        public Task PassOnAsync(ConnectionContext connection, OriginalDestination destination, Socket? connected) => unrouted.RunAsync(
            connection, destination, connected, MayRelay(destination.Address) ? "" : $"{destination.Address} is not of the mesh, and MESH_OUTBOUND_POLICY is REGISTRY_ONLY");

        private CaptureServer? Server(CompiledRoute? route, string serverName = "") => route is null ? null : async connection =>
        {
            await using var client = new ByteConnection(connection, serverName: serverName);
            await tcp.RunAsync(client, route, "");
        };
    }

    /// <summary>What others send: the app's port (and our own listener's) is the mesh's; other ports of the app are relayed to it, unless mutual TLS is demanded, which they cannot speak.</summary>
    private sealed class InboundCapture(ProxyOptions options, CurrentPolicy policy, CapturedTcp unrouted) : ICapturePolicy
    {
        public bool TakesTls => true;

        public bool IsForMesh(IPEndPoint destination) => destination.Port == options.AppUrl?.Port || destination.Port == options.InboundPort;

        // Policies speak of requests; where there are any for the app's port, bytes that are none cannot be judged.
        public bool MayRelay(IPEndPoint destination) => policy.Policy.Mode != TlsMode.Strict && (policy.Policy.IsOpen || !IsForMesh(destination));

        public CaptureServer? ServerAt(IPEndPoint destination) => null;

        public ValueTask<CaptureServer?> ServerByHelloAsync(PipeReader input, IPEndPoint destination, CancellationToken cancellation) => new((CaptureServer?)null);

        public Task PassOnAsync(ConnectionContext connection, OriginalDestination destination, Socket? connected) => unrouted.RunAsync(
            connection, destination, connected, MayRelay(destination.Address) ? "" : "what is no request of the mesh cannot be judged by the policies that hold here");
    }
}
