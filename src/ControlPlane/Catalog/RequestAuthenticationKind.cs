using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>
/// RequestAuthentication, with the fields of Istio's (https://istio.io/latest/docs/reference/config/security/request_authentication/) that we act on: keys are given
/// inline or in a file, tokens come as <c>Authorization: Bearer</c>.
/// </summary>
internal sealed class RequestAuthenticationKind : IResourceKind
{
    private const int MaxRules = 16;

    public string Kind => "RequestAuthentication";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec)
    {
        var services = TargetRefs.Read(spec);
        return new RequestAuthenticationConfig(services, [.. spec.Maps("jwtRules", MaxRules, required: true).Select(r => ReadRule(name, services, r))]);
    }

    private static JwtRuleConfig ReadRule(string name, IReadOnlyList<string> services, FieldReader reader)
    {
        string path = ReadPath(reader);
        string jwks = reader.Text("jwks", required: !reader.Has("jwksUri"));
        if (reader.Has("jwks") && reader.Has("jwksUri"))
        {
            reader.Problem("jwksUri", "means nothing beside jwks; give one of them.");
        }

        if (jwks.Length > 0 && !JsonWebKeys.TryRead(jwks, out _, out string problem))
        {
            reader.Problem("jwks", problem);
        }

        var rule = new JwtRuleConfig(
            name,
            services,
            reader.Text("issuer", required: true),
            reader.TextList("audiences"),
            jwks,
            reader.Flag("forwardOriginalToken", fallback: false))
        {
            JwksPath = path,
        };
        reader.Finish();
        return rule;
    }

    private static string ReadPath(FieldReader reader)
    {
        string uri = reader.Text("jwksUri");
        if (uri.Length == 0)
        {
            return "";
        }

        if (uri.StartsWith("file:///", StringComparison.Ordinal) && Uri.TryCreate(uri, UriKind.Absolute, out var parsed))
        {
            return parsed.LocalPath;
        }

        reader.Problem("jwksUri", $"\"{uri}\" is not fetched; only file:///PATH is read, below the control plane's MESH_JWKS_DIR. Have whatever fetches it write that file.");
        return "";
    }
}

internal sealed record RequestAuthenticationConfig(IReadOnlyList<string> Services, IReadOnlyList<JwtRuleConfig> Rules);
