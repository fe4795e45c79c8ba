using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Authorize;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Tcp;

/// <summary>
/// Connections that sidecars ask a gateway for, on the terms of <see cref="Http.EgressPath"/>: only for who has proved to be of the mesh and passes the gateway's policies, and
/// only to hosts that are declared to be called through this gateway. To policies it is a request like any other, of the method CONNECT.
/// </summary>
internal sealed class EgressConnectPath(CurrentRoutes routes, CurrentPolicy policy, OutboundTcp tcp, TimeProvider time)
{
    public Task<TcpRecord> RunAsync(ConnectRequest request, ByteConnection client)
    {
        var (status, decision) = client.Peer is { } peer
            ? policy.Policy.Decide(request.ToContext(client.Remote?.Address), peer, time)
            : (StatusCodes.Status403Forbidden, new PolicyDecision("this gateway takes mutual TLS only", ""));
        return status == 0
            ? tcp.RunAsync(client, routes.Table.Gateway.MatchExternalBytes(request.Host, request.Port), $"no ExternalService leads connections to {request.Authority} through this gateway")
            : tcp.RefuseAsync(client, ResponseFlags.Denied, decision.Refusal);
    }
}
