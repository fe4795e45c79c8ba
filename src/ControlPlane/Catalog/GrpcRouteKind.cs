namespace MeshInsight.ControlPlane.Catalog;

/// <summary>
/// GRPCRoute of https://gateway-api.sigs.k8s.io/reference/spec/ . <c>timeouts</c> and <c>retry</c> are ours, written as an HTTPRoute has them: without
/// them a service would lose both by moving to the kind that fits it.
/// </summary>
internal sealed class GrpcRouteKind : IAnnotatedKind
{
    public string Kind => "GRPCRoute";

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
            IsGrpc = true,
            Hostnames = hostnames,
            Priority = PriorityFields.ReadAnnotation(annotations),
        };
    }

    private static HttpRouteRule ReadRule(FieldReader reader, HashSet<string> names)
    {
        string name = RouteFields.ReadName(reader, names);
        var matches = GrpcRouteMatches.Read(reader);
        var filters = RouteFilterFields.Read(reader, RouteFilterFields.Grpc);
        var backends = RouteFields.ReadBackends(reader, required: true);
        var (request, backendRequest) = RouteFields.ReadTimeouts(reader);
        var rule = new HttpRouteRule(name, matches, backends, filters, request, backendRequest, RouteFields.ReadRetry(reader));
        reader.Finish();
        return rule;
    }
}
