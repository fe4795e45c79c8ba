namespace MeshInsight.ControlPlane.Catalog;

/// <summary>TCPRoute of https://gateway-api.sigs.k8s.io/reference/spec/ : all connections of a listener.</summary>
internal sealed class TcpRouteKind : IResourceKind
{
    private const int MaxRules = 16;

    public string Kind => "TCPRoute";

    public string ApiVersion => "gateway.networking.k8s.io/v1alpha2";

    public object Read(string name, FieldReader spec) => Read(name, spec, []);

    /// <summary>What the kinds for connections share.</summary>
    public static TcpRouteConfig Read(string name, FieldReader spec, IReadOnlyList<string> hostnames)
    {
        var parents = RouteFields.ReadParents(spec);
        if (parents.Any(p => !p.IsGateway))
        {
            spec.Problem("parentRefs", "must name Gateways: within the mesh connections to a Service go to its instances.");
        }

        var rules = spec.Maps("rules", MaxRules, required: true);
        if (rules.Count > 1)
        {
            // The specification lets implementations take the first and ignore the others.
            spec.Problem("rules", "must be one: a connection has nothing by which a second rule could be chosen. Put all backends into one rule, with weights.");
        }

        string ruleName = "";
        IReadOnlyList<BackendRef> backends = [];
        foreach (var rule in rules)
        {
            ruleName = rule.Text("name");
            backends = RouteFields.ReadConnectionBackends(rule);
            rule.Finish();
        }

        return new TcpRouteConfig(name, parents, hostnames, ruleName, backends);
    }
}
