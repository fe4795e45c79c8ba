using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>The wire's filters of a route as ours.</summary>
internal static class RouteFilterReader
{
    public static RouteFilters Read(Wire.RouteFilters? filters) => filters is null
        ? RouteFilters.None
        : new(
            Read(filters.Request),
            Read(filters.Response),
            filters.Redirect is { } redirect ? new(redirect.Scheme, redirect.Hostname, Read(redirect.Path), redirect.Port, redirect.Status) : null,
            filters.Rewrite is { } rewrite ? new(rewrite.Hostname, Read(rewrite.Path)) : null,
            [.. filters.Mirrors.Select(m => new MirrorConfig([.. m.Clusters.Select(Read)], m.Numerator, m.Denominator))]);

    public static WeightedCluster Read(Wire.WeightedCluster cluster) => new(cluster.Cluster, cluster.Weight, Read(cluster.Request), Read(cluster.Response));

    private static HeaderChanges? Read(Wire.HeaderChanges? changes) => changes is null
        ? null
        : new([.. changes.Set.Select(Read)], [.. changes.Add.Select(Read)], [.. changes.Remove]);

    private static HeaderValue Read(Wire.HeaderValue header) => new(header.Name, header.Value);

    private static PathChange Read(Wire.PathChange? change) => change is null ? PathChange.None : new((PathChangeKind)change.Kind, change.Value);
}
