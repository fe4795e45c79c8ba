using System.Globalization;
using System.Net;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Tcp;

/// <summary>
/// Connections that the app asks for by CONNECT, as clients do for <c>https://</c> through a proxy: to hosts outside that are declared, and to services that speak no
/// HTTP (docs/decisions/0183). What is not declared is refused, whatever holds for captured connections: a client that names a proxy has asked it.
/// </summary>
internal sealed class ConnectPath(CurrentRoutes routes, OutboundTcp tcp)
{
    public Task<TcpRecord> RunAsync(ConnectRequest request, ByteConnection client)
    {
        var table = routes.Table;
        var service = Authority.Service(request.Authority);
        var route = IPAddress.TryParse(request.Host, out var address) ? table.MatchBytesAt(new(address, request.Port)) : table.MatchBytes(service, request.Port);
        return tcp.RunAsync(client, route, route is null ? NoRoute(request, table.Knows(service)) : "");
    }

    private static string NoRoute(ConnectRequest request, bool isKnown)
    {
        string port = request.Port.ToString(CultureInfo.InvariantCulture);
        return isKnown
            ? $"{request.Host} takes no connections at port {port}: where it speaks HTTP, call http://{request.Authority}/ through this proxy; else declare the port with protocol TLS or TCP"
            : $"nobody has declared {request.Host}: add an ExternalService with this host and port {port}, protocol TLS or TCP";
    }
}
