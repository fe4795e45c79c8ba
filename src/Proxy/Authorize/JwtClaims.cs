using System.Text.Json;

namespace MeshInsight.Proxy.Authorize;

/// <summary>What a valid JWT says (RFC 7519). Immutable.</summary>
internal sealed class JwtClaims(JsonElement claims)
{
    public string Issuer { get; } = Text(claims, "iss");

    /// <summary>Issuer and subject, as Istio writes request principals; null when the token has no subject.</summary>
    public string? Principal { get; } = Text(claims, "sub") is { Length: > 0 } subject ? $"{Text(claims, "iss")}/{subject}" : null;

    public IReadOnlyList<string> Audiences { get; } = Texts(claims, "aud");

    /// <summary>The client that the token was made for; null when it does not say.</summary>
    public string? Presenter { get; } = Text(claims, "azp") is { Length: > 0 } presenter ? presenter : null;

    /// <summary>A claim that is a text or a list of texts, at any depth; empty when there is none.</summary>
    public IReadOnlyList<string> Find(IReadOnlyList<string> path)
    {
        var at = claims;
        for (int i = 0; i < path.Count - 1; i++)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(path[i], out at))
            {
                return [];
            }
        }

        return Texts(at, path[^1]);
    }

    private static string Text(JsonElement at, string name) =>
        at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static List<string> Texts(JsonElement at, string name)
    {
        if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out var value))
        {
            return [];
        }

        return value.ValueKind switch
        {
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Array => [.. value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)],
            _ => [],
        };
    }
}
