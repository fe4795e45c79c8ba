namespace MeshInsight.ControlPlane.Catalog;

/// <summary>TLSRoute of https://gateway-api.sigs.k8s.io/reference/spec/ : connections by the server name of their TLS hello.</summary>
internal sealed class TlsRouteKind : IResourceKind
{
    public string Kind => "TLSRoute";

    public string ApiVersion => "gateway.networking.k8s.io/v1";

    public object Read(string name, FieldReader spec)
    {
        var hostnames = RouteFields.ReadHostnames(spec);
        if (hostnames.Count == 0)
        {
            spec.Problem("hostnames", "is required: the server names that the route serves.", "shop.example.com", "*.example.com");
        }

        return TcpRouteKind.Read(name, spec, hostnames) with { IsTls = true };
    }
}
