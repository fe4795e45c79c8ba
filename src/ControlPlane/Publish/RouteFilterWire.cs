using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>The filters of a route as control.proto has them.</summary>
internal static class RouteFilterWire
{
    /// <returns>Null for none, so that a plain route costs no byte.</returns>
    public static Wire.RouteFilters? Write(RouteFilters filters)
    {
        if (filters is { Request: null, Response: null, Redirect: null, Rewrite: null, Mirrors.Count: 0 })
        {
            return null;
        }

        var message = new Wire.RouteFilters
        {
            Request = Write(filters.Request),
            Response = Write(filters.Response),
            Redirect = filters.Redirect is { } redirect ? Write(redirect) : null,
            Rewrite = filters.Rewrite is { } rewrite ? new Wire.Rewrite { Hostname = rewrite.Hostname, Path = Write(rewrite.Path) } : null,
        };
        message.Mirrors.AddRange(filters.Mirrors.Select(Write));
        return message;
    }

    public static Wire.WeightedCluster Write(WeightedCluster cluster) =>
        new() { Cluster = cluster.Cluster, Weight = cluster.Weight, Request = Write(cluster.Request), Response = Write(cluster.Response) };

    private static Wire.HeaderChanges? Write(HeaderChanges? changes)
    {
        if (changes is null)
        {
            return null;
        }

        var message = new Wire.HeaderChanges();
        message.Set.AddRange(changes.Set.Select(Write));
        message.Add.AddRange(changes.Add.Select(Write));
        message.Remove.AddRange(changes.Remove);
        return message;
    }

    private static Wire.HeaderValue Write(HeaderValue header) => new() { Name = header.Name, Value = header.Value };

    private static Wire.Redirect Write(RedirectConfig redirect) => new()
    {
        Scheme = redirect.Scheme,
        Hostname = redirect.Hostname,
        Path = Write(redirect.Path),
        Port = redirect.Port,
        Status = redirect.Status,
    };

    private static Wire.PathChange Write(PathChange change) => new() { Kind = (Wire.PathChange.Types.Kind)change.Kind, Value = change.Value };

    private static Wire.Mirror Write(MirrorConfig mirror)
    {
        var message = new Wire.Mirror { Numerator = mirror.Numerator, Denominator = mirror.Denominator };
        message.Clusters.AddRange(mirror.Clusters.Select(Write));
        return message;
    }
}
