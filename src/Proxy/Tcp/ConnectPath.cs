using System.Globalization;
using System.Net;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Refuse;

namespace MeshInsight.Proxy.Tcp;

/// <summary>
/// Connections that the app asks for by CONNECT, as clients do for <c>https://</c> through a proxy: to hosts outside that are declared, and to services that speak no
/// HTTP (docs/decisions/0183). What is not declared is refused, whatever holds for captured connections: a client that names a proxy has asked it.
/// </summary>
internal sealed class ConnectPath(CurrentRoutes routes, OutboundTcp tcp, ConnectRefusal refusal) : IConnectHandler
{
    public async Task RunAsync(ConnectRequest request, ByteConnection client)
    {
        if (request.Problem.Length > 0)
        {
            await refusal.WriteAsync(client, request.Problem);
            return;
        }

        var table = routes.Table;
        string authority = request.Authority;
        var route = IPAddress.TryParse(request.Host, out var address)
            ? table.MatchBytesAt(new(address, request.Port))
            : table.MatchBytes(Authority.Service(authority), request.Port);
        await refusal.AfterAsync(client, await tcp.RunAsync(client, route, route is null ? NoRoute(request, table.Knows(Authority.Service(authority))) : ""));
    }

    private static string NoRoute(ConnectRequest request, bool isKnown)
    {
        string port = request.Port.ToString(CultureInfo.InvariantCulture);
        return isKnown
            ? $"{request.Host} takes no connections at port {port}: where it speaks HTTP, call http://{request.Authority}/ through this proxy; else declare the port with protocol TLS or TCP"
            : $"nobody has declared {request.Host}: add an ExternalService with this host and port {port}, protocol TLS or TCP";
    }
}
