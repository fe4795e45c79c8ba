using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Health;

/// <summary>Asks one endpoint once whether it is well.</summary>
internal interface IHealthProbe
{
    /// <returns>False for every other answer than the good one; failures to ask may throw <see cref="IOException"/>,
    /// <see cref="HttpRequestException"/>, <see cref="System.Net.Sockets.SocketException"/> or <see cref="OperationCanceledException"/>.</returns>
    Task<bool> CheckAsync(ClusterConfig cluster, EndpointConfig endpoint, HealthCheckConfig config, CancellationToken cancellation);
}
