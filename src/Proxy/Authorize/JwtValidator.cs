using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Authorize;

/// <summary>
/// Validates JWTs in compact form (RFC 7519, 7515) under the rules of RFC 8725: the algorithm is the key's, never the token's choice; issuer, audience and times are
/// checked; a header that must be understood and is not (<c>crit</c>) refuses the token; so do doubled names in header or claims. Thread-safe.
/// </summary>
internal sealed class JwtValidator
{
    // What Istio and Envoy allow clocks to differ.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);
    private const int MaxTokenLength = 16 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly (JwtRuleConfig Config, JwtVerifier[] Keys)[] _rules;

    public JwtValidator(IEnumerable<JwtRuleConfig> rules) => _rules =
        [.. rules.Select(r => (r, JsonWebKeys.TryRead(r.Jwks, out var keys, out _) ? keys.Select(k => new JwtVerifier(k)).ToArray() : []))];

    public bool IsEmpty => _rules.Length == 0;

    /// <returns>The claims and the rule that vouched for them; or why the token is no good.</returns>
    public (JwtClaims? Claims, JwtRuleConfig? Rule, string Problem) Validate(string token, DateTimeOffset now)
    {
        string[] parts = token.Length <= MaxTokenLength ? token.Split('.') : [];
        if (parts.Length != 3 || !TryDecode(parts[0], out byte[] head) || !TryDecode(parts[1], out byte[] body) || !TryDecode(parts[2], out byte[] signature))
        {
            return Refuse("is not a signed JWT in compact form");
        }

        try
        {
            using var header = JsonDocument.Parse(head, Strict);
            using var claims = JsonDocument.Parse(body, Strict);
            if (header.RootElement.ValueKind != JsonValueKind.Object || claims.RootElement.ValueKind != JsonValueKind.Object)
            {
                return Refuse("has a header or claims that are no JSON object");
            }

            string problem = HeaderProblem(header.RootElement);
            if (problem.Length > 0)
            {
                return Refuse(problem);
            }

            string issuer = Text(claims.RootElement, "iss") ?? "";
            byte[] signed = Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]);
            problem = $"is of the issuer \"{issuer}\", which is not expected";
            foreach (var (config, keys) in _rules)
            {
                if (config.Issuer != issuer)
                {
                    continue;
                }

                problem = SignatureProblem(header.RootElement, keys, signed, signature);
                problem = problem.Length == 0 ? ClaimsProblem(claims.RootElement, config, now) : problem;
                if (problem.Length == 0)
                {
                    return (new JwtClaims(claims.RootElement.Clone()), config, "");
                }
            }

            return Refuse(problem);
        }
        catch (JsonException)
        {
            return Refuse("has a header or claims that are not JSON, or that name something twice");
        }
    }

    private static (JwtClaims?, JwtRuleConfig?, string) Refuse(string problem) => (null, null, "the token " + problem);

    private static bool TryDecode(string part, out byte[] bytes)
    {
        bool isValid = part.Length > 0 && Base64Url.IsValid(part) && !part.Contains('=', StringComparison.Ordinal);
        bytes = isValid ? Base64Url.DecodeFromChars(part) : [];
        return isValid;
    }

    private static string HeaderProblem(JsonElement header)
    {
        if (header.TryGetProperty("crit", out _))
        {
            return "demands an extension that is not known here (crit)";
        }

        // Explicit types keep other kinds of tokens from being used as these (RFC 8725 section 3.11).
        return Text(header, "typ") is { } type && !IsJwtType(type) ? $"is of the type \"{type}\"" : "";
    }

    private static bool IsJwtType(string type) =>
        type.Equals("JWT", StringComparison.OrdinalIgnoreCase) || type.Equals("at+jwt", StringComparison.OrdinalIgnoreCase) || type.Equals("application/at+jwt", StringComparison.OrdinalIgnoreCase);

    private static string SignatureProblem(JsonElement header, JwtVerifier[] keys, byte[] signed, byte[] signature)
    {
        string? algorithm = Text(header, "alg");
        string? keyId = Text(header, "kid");
        var fitting = keys.Where(k => k.Algorithm == algorithm).ToList();
        if (fitting.Count == 0)
        {
            return $"is signed with \"{algorithm}\", for which there is no key";
        }

        if (keyId is not null && !fitting.Exists(k => k.KeyId == keyId))
        {
            return $"names the key \"{keyId}\", which is not in the set";
        }

        return fitting.Any(k => (keyId is null || k.KeyId == keyId) && k.Verify(signed, signature)) ? "" : "has a wrong signature";
    }

    private static string ClaimsProblem(JsonElement claims, JwtRuleConfig config, DateTimeOffset now)
    {
        if (config.Audiences.Count > 0 && !new JwtClaims(claims).Audiences.Any(config.Audiences.Contains))
        {
            return "is for another audience";
        }

        // A token without an end would be good for ever.
        if (Time(claims, "exp") is not { } end)
        {
            return "has no time of expiry (exp)";
        }

        return now >= end + Skew ? "has expired"
            : claims.TryGetProperty("nbf", out _) && !(Time(claims, "nbf") is { } start && now >= start - Skew) ? "is not valid yet (nbf)"
            : "";
    }

    private static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double seconds) && seconds is >= 0 and < 253402300799
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    private static string? Text(JsonElement at, string name) => at.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
