using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace MeshInsight.Contracts.Identity;

/// <summary>One public key of a set. Exactly one of the two parameters is there.</summary>
/// <param name="KeyId">Empty when the key has none.</param>
public sealed record JsonWebKey(string KeyId, RSAParameters? Rsa, ECParameters? P256);

/// <summary>
/// JSON Web Key Sets (RFC 7517): the public keys that sign with RS256 (at least 2048 bits) or ES256. Keys of other kinds, and those for encryption, are passed over,
/// as section 5 asks; a key of these kinds that cannot be read makes the set bad.
/// </summary>
public static class JsonWebKeys
{
    private const int MaxTextLength = 256 * 1024;
    private const int MaxKeys = 64;
    private const int MinRsaBytes = 256;
    private const int P256Bytes = 32;

    /// <param name="problem">What is wrong, as one sentence; empty when nothing is.</param>
    public static bool TryRead(string text, out IReadOnlyList<JsonWebKey> keys, out string problem)
    {
        var found = new List<JsonWebKey>();
        keys = found;
        problem = text.Length > MaxTextLength ? $"The key set has {text.Length} characters; at most {MaxTextLength} are read." : "";
        if (problem.Length > 0)
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("keys", out var list) || list.ValueKind != JsonValueKind.Array)
            {
                problem = "The key set must be a JSON object with a list \"keys\".";
                return false;
            }

            foreach (var key in list.EnumerateArray())
            {
                problem = Read(key, found);
                if (problem.Length > 0)
                {
                    return false;
                }
            }
        }
        catch (JsonException e)
        {
            problem = $"The key set is not JSON: {e.Message}";
            return false;
        }

        problem = found.Count == 0 ? "The key set holds no key for RS256 or ES256." : found.Count > MaxKeys ? $"The key set holds {found.Count} keys; at most {MaxKeys} are used." : "";
        return problem.Length == 0;
    }

    private static string Read(JsonElement key, List<JsonWebKey> found)
    {
        if (key.ValueKind != JsonValueKind.Object)
        {
            return "A key of the set is no JSON object.";
        }

        string id = Text(key, "kid");
        if (Text(key, "use") is not ("" or "sig"))
        {
            return "";
        }

        return (Text(key, "kty"), Text(key, "alg")) switch
        {
            ("RSA", "" or "RS256") => ReadRsa(key, id, found),
            ("EC", "" or "ES256") when Text(key, "crv") == "P-256" => ReadP256(key, id, found),
            _ => "",
        };
    }

    private static string ReadRsa(JsonElement key, string id, List<JsonWebKey> found)
    {
        if (Bytes(key, "n") is not { } modulus || Bytes(key, "e") is not { Length: > 0 } exponent)
        {
            return $"The RSA key \"{id}\" lacks \"n\" or \"e\" in base64url.";
        }

        modulus = [.. modulus.SkipWhile(b => b == 0)];
        if (modulus.Length < MinRsaBytes)
        {
            return $"The RSA key \"{id}\" has {modulus.Length * 8} bits; at least {MinRsaBytes * 8} are needed (RFC 7518 section 3.3).";
        }

        found.Add(new(id, new RSAParameters { Modulus = modulus, Exponent = exponent }, null));
        return "";
    }

    private static string ReadP256(JsonElement key, string id, List<JsonWebKey> found)
    {
        if (Bytes(key, "x") is not { Length: P256Bytes } x || Bytes(key, "y") is not { Length: P256Bytes } y)
        {
            return $"The EC key \"{id}\" needs \"x\" and \"y\" of {P256Bytes} bytes in base64url.";
        }

        var parameters = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } };
        try
        {
            // Refuses points that are not on the curve (RFC 8725 section 2.5).
            using var check = ECDsa.Create(parameters);
        }
        catch (CryptographicException)
        {
            return $"The EC key \"{id}\" is no point of P-256.";
        }

        found.Add(new(id, null, parameters));
        return "";
    }

    private static string Text(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static byte[]? Bytes(JsonElement key, string name) => Text(key, name) is { Length: > 0 } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}
