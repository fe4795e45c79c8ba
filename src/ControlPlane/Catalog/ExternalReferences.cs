using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Whether external services fit together: each host declared once, each gateway there.</summary>
internal static class ExternalReferences
{
    public static void Check(IReadOnlyList<ResourceDocument> resources, List<ResourceProblem> problems)
    {
        var gateways = resources.Select(r => r.Config).OfType<GatewayConfig>().Select(g => g.Name).ToHashSet();
        var hosts = new Dictionary<string, string>();
        foreach (var resource in resources)
        {
            if (resource.Config is not ExternalServiceConfig external)
            {
                continue;
            }

            var scope = new ProblemScope(problems, resource.Source, resource.Document) { Kind = resource.Kind, Name = resource.Name };
            if (external.Gateway.Length > 0 && !gateways.Contains(external.Gateway))
            {
                scope.Add("spec.gateway", resource.Line, $"there is no Gateway \"{external.Gateway}\".", [.. gateways.Order()]);
            }

            foreach (string host in external.Hosts)
            {
                if (!hosts.TryAdd(host, resource.Name) && hosts[host] != resource.Name)
                {
                    scope.Add("spec.hosts", resource.Line, $"\"{host}\" is declared by the ExternalService \"{hosts[host]}\" already; keep one of them.");
                }
            }
        }
    }
}
