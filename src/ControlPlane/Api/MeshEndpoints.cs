using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Publish;
using MeshInsight.ControlPlane.Registry;

namespace MeshInsight.ControlPlane.Api;

/// <summary>What the mesh consists of: status, instances, services.</summary>
internal sealed class MeshEndpoints(
    ResourceCatalog catalog,
    JwksFiles jwks,
    InstanceRegistry registry,
    SnapshotPublisher publisher,
    Func<int> collectors,
    Func<long> historyDropped,
    DateTimeOffset startedAt)
{
    public static string ProgramVersion { get; } = typeof(MeshEndpoints).Assembly.GetName().Version?.ToString(3) ?? "";

    public void Map(RouteGroupBuilder api)
    {
        api.MapGet("/status", Status);
        api.MapGet("/instances", Instances);
        api.MapGet("/services", Services);
    }

    private StatusAnswer Status()
    {
        var live = publisher.LiveProxies;
        long version = publisher.Newest?.Version ?? 0;
        return new StatusAnswer(
            publisher.Epoch,
            version,
            live.Count,
            live.Count(p => p.AcceptedVersion == version && version > 0),
            startedAt,
            ProgramVersion,
            collectors(),
            [.. catalog.DirectoryProblems, .. jwks.Problems],
            [.. live.Where(p => p.RefusedVersion > 0).Select(p => new RefusalAnswer(p.InstanceId, p.RefusedVersion, p.Problems))],
            historyDropped());
    }

    private IEnumerable<InstanceAnswer> Instances()
    {
        var proxies = publisher.Proxies.Select(p => p.State).GroupBy(p => p.InstanceId).ToDictionary(g => g.Key, g => g.Last());
        var keep = publisher.Shares.KeepPercent;
        return registry.Instances.Select(i =>
        {
            var proxy = proxies.GetValueOrDefault(i.InstanceId);
            return new InstanceAnswer(
                i.InstanceId,
                i.Service,
                i.Version,
                i.Zone,
                i.Address,
                i.AdminAddress,
                i.Protocol,
                i.IsReady,
                keep.GetValueOrDefault(i.InstanceId, 100),
                proxy?.AcceptedVersion ?? 0,
                proxy?.Problems ?? [],
                i.LastSeen,
                i.IsConnected);
        });
    }

    private IEnumerable<ServiceAnswer> Services()
    {
        var state = catalog.State;
        var instances = registry.Instances;
        var names = state.Services.Select(s => s.Name).Concat(instances.Select(i => i.Service)).Distinct().Order(StringComparer.Ordinal);
        foreach (string name in names)
        {
            var declared = state.Services.FirstOrDefault(s => s.Name == name);
            var members = instances.Where(i => i.Service == name).ToList();
            var versions = (declared?.Versions ?? []).Concat(members.Select(i => i.Version).Where(v => v.Length > 0)).Distinct().Order(StringComparer.Ordinal);
            yield return new ServiceAnswer(
                name,
                [.. versions],
                [.. (declared?.Ports ?? []).Select(p => new PortAnswer(p.Name, p.Port, p.Protocol))],
                members.Count,
                [.. SnapshotCompiler.DefaultSplit(name, state, instances, publisher.Shares).Select(w => new WeightAnswer(w.Version, Math.Round(w.Percent, 2)))]);
        }
    }
}
