using System.Security.Cryptography;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Authorize;

/// <summary>One public key with the only algorithm that it is used for (RFC 8725 section 3.1): RSA keys with RS256, P-256 keys with ES256. Thread-safe.</summary>
internal sealed class JwtVerifier
{
    // R and S of 32 bytes each (RFC 7518 section 3.4).
    private const int Es256Bytes = 64;

    private readonly Lock _lock = new();
    private readonly RSA? _rsa;
    private readonly ECDsa? _ec;

    public JwtVerifier(JsonWebKey key)
    {
        KeyId = key.KeyId;
        _rsa = key.Rsa is { } rsa ? RSA.Create(rsa) : null;
        _ec = key.P256 is { } point ? ECDsa.Create(point) : null;
        Algorithm = _rsa is null ? "ES256" : "RS256";
    }

    public string KeyId { get; }

    public string Algorithm { get; }

    /// <param name="signed">Header and payload as they came, with the dot between them.</param>
    public bool Verify(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        // The keys' own state is not documented as safe for use by several threads at once.
        lock (_lock)
        {
            return _rsa?.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                ?? (signature.Length == Es256Bytes && _ec!.VerifyData(signed, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        }
    }
}
