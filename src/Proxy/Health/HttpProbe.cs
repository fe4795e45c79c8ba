using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Health;

/// <summary>A GET through the endpoint's sidecar to its app; good with one of the expected statuses. Redirects are not followed.</summary>
internal sealed class HttpProbe(ProbeTransport transport) : IHealthProbe
{
    public async Task<bool> CheckAsync(ClusterConfig cluster, EndpointConfig endpoint, HealthCheckConfig config, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{endpoint.Address}{config.Path}");
        bool isHttp2 = cluster.Protocol is ClusterProtocol.Http2 or ClusterProtocol.Grpc;
        using var response = await transport.SendAsync(request, cluster, endpoint, isHttp2, cancellation);
        return config.Statuses.Contains((int)response.StatusCode) || ProbeTransport.IsRateLimited(response);
    }
}
