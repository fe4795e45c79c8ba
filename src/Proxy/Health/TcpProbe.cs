using System.Net;
using System.Net.Sockets;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Health;

/// <summary>Whether the endpoint's sidecar accepts a connection; says nothing about the app, whose state travels with the sidecar's heartbeat.</summary>
internal sealed class TcpProbe : IHealthProbe
{
    public async Task<bool> CheckAsync(ClusterConfig cluster, EndpointConfig endpoint, HealthCheckConfig config, CancellationToken cancellation)
    {
        var uri = new Uri("http://" + endpoint.Address);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new DnsEndPoint(uri.Host, uri.Port), cancellation);
        return true;
    }
}
