using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>
/// RequestAuthentication, with the fields of Istio's (https://istio.io/latest/docs/reference/config/security/request_authentication/) that we act on: keys are given
/// inline, tokens come as <c>Authorization: Bearer</c>.
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
        string jwks = reader.Text("jwks", required: true);
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
            reader.Flag("forwardOriginalToken", fallback: false));
        reader.Finish();
        return rule;
    }
}

internal sealed record RequestAuthenticationConfig(IReadOnlyList<string> Services, IReadOnlyList<JwtRuleConfig> Rules);
