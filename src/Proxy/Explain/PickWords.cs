using System.Globalization;
using System.Text;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Explain;

/// <summary>Which backend and endpoint were picked, and what spoke for and against each.</summary>
internal static class PickWords
{
    private const int MaxEndpoints = 16;

    public static string Backend(RouteConfig route, string cluster)
    {
        int whole = route.Clusters.Sum(c => c.Weight);
        return cluster.Length == 0
            ? "none: no backend has a weight above 0"
            : $"{cluster} was drawn by weight out of {string.Join(", ", route.Clusters.Take(MaxEndpoints).Select(c => $"{c.Cluster} {c.Weight}/{whole}"))}";
    }

    /// <param name="avoided">The endpoint of the try before; null for a first try.</param>
    public static string Endpoint(ClusterState cluster, EndpointState? picked, EndpointState? avoided)
    {
        var text = new StringBuilder(picked is null ? "none may be used" : $"{picked.Config.InstanceId} at {picked.Config.Address} by {cluster.Config.Policy.Balancer.Kind}");
        text.Append(CultureInfo.InvariantCulture, $" out of {cluster.Endpoints.Length} of {cluster.Config.Name}");
        if (cluster.IsPanicking)
        {
            text.Append(", in panic: too few are healthy, so health was not looked at");
        }

        int told = 0;
        foreach (var endpoint in cluster.Endpoints)
        {
            if (told++ == MaxEndpoints)
            {
                return text.Append(CultureInfo.InvariantCulture, $"; {cluster.Endpoints.Length - MaxEndpoints} more").ToString();
            }

            text.Append(
                CultureInfo.InvariantCulture,
                $"; {endpoint.Config.InstanceId}: {endpoint.Usability}, load {endpoint.Load:0.######}, {endpoint.Pending} in flight, weight {endpoint.Config.Weight}, keeps {endpoint.Config.KeepPercent} %");
            text.Append(endpoint.SparedFor > TimeSpan.Zero ? ", asked to be spared" : "").Append(endpoint == avoided ? ", tried before" : "");
        }

        return text.ToString();
    }
}
