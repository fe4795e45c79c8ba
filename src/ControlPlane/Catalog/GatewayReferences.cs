using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Whether routes find the gateways they name. A route that no listener would take is refused, not kept unattached (ADR-0090).</summary>
internal static class GatewayReferences
{
    public static void Check(IReadOnlyList<ResourceDocument> resources, List<ResourceProblem> problems)
    {
        var gateways = resources.Select(r => r.Config).OfType<GatewayConfig>().DistinctBy(g => g.Name).ToDictionary(g => g.Name);
        foreach (var resource in resources)
        {
            var scope = new ProblemScope(problems, resource.Source, resource.Document) { Kind = resource.Kind, Name = resource.Name };
            switch (resource.Config)
            {
                case HttpRouteConfig route:
                    Check(route.Parents, route.Hostnames, GatewayAttachment.TakesRequests, "protocol HTTP or HTTPS", gateways, scope);
                    break;
                case TcpRouteConfig route:
                    string wanted = route.IsTls ? "protocol TLS" : "protocol TCP, or of TLS with the mode Terminate";
                    Check(route.Parents, route.Hostnames, l => GatewayAttachment.TakesConnections(l, route), wanted, gateways, scope);
                    break;
            }
        }
    }

    private static void Check(
        IReadOnlyList<ParentRef> parents, IReadOnlyList<string> hostnames, Func<GatewayListener, bool> takes, string wanted, Dictionary<string, GatewayConfig> gateways, ProblemScope scope)
    {
        foreach (var parent in parents.Where(p => p.IsGateway))
        {
            Check(parent, hostnames, takes, wanted, gateways, scope);
        }
    }

    private static void Check(
        ParentRef parent, IReadOnlyList<string> hostnames, Func<GatewayListener, bool> takes, string wanted, Dictionary<string, GatewayConfig> gateways, ProblemScope scope)
    {
        if (!gateways.TryGetValue(parent.Name, out var gateway))
        {
            scope.Add(parent.Field, parent.Line, $"there is no Gateway \"{parent.Name}\".", [.. gateways.Keys.Order()]);
            return;
        }

        var meant = gateway.Listeners.Where(l => GatewayAttachment.Means(parent, gateway, l)).ToList();
        if (meant.Count == 0)
        {
            string field = parent.Field[..^"name".Length] + (parent.SectionName.Length > 0 ? "sectionName" : "port");
            scope.Add(field, parent.Line, $"Gateway \"{gateway.Name}\" has no such listener.", [.. gateway.Listeners.Select(l => $"{l.Name} (port {l.Port})")]);
            return;
        }

        var taking = meant.Where(takes).ToList();
        if (taking.Count == 0)
        {
            scope.Add(parent.Field, parent.Line, $"{scope.Kind} needs a listener of {wanted}, which Gateway \"{gateway.Name}\" does not have here.");
        }
        else if (!taking.Any(l => GatewayAttachment.Names(l, hostnames).Any()))
        {
            scope.Add("spec.hostnames", parent.Line, $"none of them is a name that Gateway \"{gateway.Name}\" serves.", [.. taking.Select(l => l.Hostname)]);
        }
    }
}
