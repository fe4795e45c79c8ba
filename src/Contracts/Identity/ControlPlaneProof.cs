using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MeshInsight.Contracts.Identity;

/// <summary>
/// How a client knows the control plane's TLS key before it has any certificate of the mesh, by the token that it has anyway (docs/decisions/0182):
/// <list type="bullet">
/// <item>the mesh token: the certificate's common name is an HMAC of the key by the token, which only who has the token can make</item>
/// <item>a join token: it ends with the SHA-256 of the key, as the control plane wrote it: <c>join.SECRET.PIN</c></item>
/// </list>
/// Nothing else of the certificate counts: it is self-signed, and names and dates prove nothing.
/// </summary>
public static class ControlPlaneProof
{
    public const string JoinPrefix = "join.";

    private const int HexLength = 64;

    /// <summary>The common name, 64 characters, as many as X.509 allows.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo.</param>
    public static string Of(string meshToken, ReadOnlySpan<byte> publicKey)
    {
        byte[] said = [.. "meshinsight control plane"u8, .. publicKey];
        return Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(meshToken), said));
    }

    /// <summary>What follows the secret of a join token.</summary>
    public static string PinOf(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey));

    /// <summary>The part of a token that is shown to the control plane.</summary>
    public static string SecretOf(string token) => PinIn(token) is { } pin ? token[..^(pin.Length + 1)] : token;

    /// <param name="token">As the token file has it; null without one.</param>
    public static bool IsProved(X509Certificate2 certificate, string? token)
    {
        byte[] key = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return token is { Length: > 0 }
            && (token.StartsWith(JoinPrefix, StringComparison.Ordinal)
                ? PinIn(token) == PinOf(key)
                : AreEqual(certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false), Of(token, key)));
    }

    private static bool AreEqual(string said, string expected) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(said), Encoding.UTF8.GetBytes(expected));

    private static string? PinIn(string token) =>
        token.StartsWith(JoinPrefix, StringComparison.Ordinal) && token.LastIndexOf('.') is var at && at >= JoinPrefix.Length && token.Length - at - 1 == HexLength ? token[(at + 1)..] : null;
}
