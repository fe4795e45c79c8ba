using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Forward;

namespace MeshInsight.Proxy.Health;

/// <summary>The family of probes by kind.</summary>
internal static class HealthProbes
{
    public static IReadOnlyDictionary<HealthCheckKind, IHealthProbe> Over(UpstreamPools pools)
    {
        var transport = new ProbeTransport(pools);
        return new Dictionary<HealthCheckKind, IHealthProbe>
        {
            [HealthCheckKind.Http] = new HttpProbe(transport),
            [HealthCheckKind.Grpc] = new GrpcProbe(transport),
            [HealthCheckKind.Tcp] = new TcpProbe(),
        };
    }
}
