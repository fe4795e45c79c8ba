using MeshInsight.Benchmarks.Anomaly;
using MeshInsight.Benchmarks.Collector;
using MeshInsight.Benchmarks.Contracts;
using MeshInsight.Benchmarks.Demo;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Benchmarks.Portal;
using MeshInsight.Benchmarks.Proxy;
using MeshInsight.Benchmarks.Storage;

namespace MeshInsight.Benchmarks;

/// <summary>Every benchmark by name. Folders mirror src.</summary>
internal static class BenchmarkCatalog
{
    public static IReadOnlyList<IBenchmark> All { get; } =
    [
        new BalancerPicks(),
        new ClientCalls(),
        new CollectorBurst(),
        new CollectorLoad(),
        new DemoLoop(),
        new GatewayTls(),
        new MirrorCost(),
        new Overload(),
        new OtlpDecode(),
        new PortalPages(),
        new ProxyIdle(),
        new ProxyRate(),
        new ProxyRequests(),
        new ProxySoak(),
        new ProxySwap(),
        new ProxyTelemetry(),
        new ControlPlane.Publish(),
        new RateLimitDecisions(),
        new SamplerVerdicts(),
        new StorageInsert(),
        new StorageQueries(),
    ];
}
