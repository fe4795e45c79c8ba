using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>HTTPRoute of https://gateway-api.sigs.k8s.io/reference/spec/ : the fields we act on; others are refused rather than ignored.</summary>
internal sealed class HttpRouteKind : IAnnotatedKind
{
    public string Kind => "HTTPRoute";

    public string ApiVersion => "gateway.networking.k8s.io/v1";

    public object Read(string name, FieldReader spec) => Read(name, null, spec);

    public object Read(string name, FieldReader? annotations, FieldReader spec)
    {
        var names = new HashSet<string>();
        var parents = RouteFields.ReadParents(spec);
        var hostnames = RouteFields.ReadHostnames(spec, parents);
        return new HttpRouteConfig(
            name,
            parents,
            [.. spec.Maps("rules", RouteFields.MaxRules, required: true).Select(r => ReadRule(r, names))])
        {
            Hostnames = hostnames,
            Priority = PriorityFields.ReadAnnotation(annotations),
        };
    }

    private static HttpRouteRule ReadRule(FieldReader reader, HashSet<string> names)
    {
        string name = RouteFields.ReadName(reader, names);
        var matches = HttpRouteMatches.Read(reader);
        var filters = RouteFilterFields.Read(reader, RouteFilterFields.All);
        CheckPrefixChange(reader, filters, matches);
        // A redirect answers by itself; whatever would stand beside it could never be reached.
        var backends = RouteFields.ReadBackends(reader, required: filters.Redirect is null);
        if (filters.Redirect is not null && backends.Count > 0)
        {
            reader.Problem("backendRefs", "cannot stand beside a RequestRedirect filter, which answers every request of the rule.");
        }

        var (request, backendRequest) = RouteFields.ReadTimeouts(reader);
        var rule = new HttpRouteRule(name, [.. matches.Select(m => new RuleMatch(m))], backends, filters, request, backendRequest, RouteFields.ReadRetry(reader));
        reader.Finish();
        return rule;
    }

    private static void CheckPrefixChange(FieldReader reader, RuleFilters filters, IReadOnlyList<RouteMatch> matches)
    {
        bool replacesPrefix = filters.Redirect?.Path.Kind == PathChangeKind.ReplacePrefixMatch || filters.Rewrite?.Path.Kind == PathChangeKind.ReplacePrefixMatch;
        // Without matches there is one: every path, by the prefix "/".
        if (replacesPrefix && matches.Count > 0 && (matches.Count > 1 || matches[0].PathKind != PathMatchKind.Prefix))
        {
            reader.Problem("filters", "ReplacePrefixMatch needs exactly one match, of type PathPrefix, so that it is clear which prefix is replaced.");
        }
    }
}
