using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshInsight.Contracts.Identity;

/// <summary>
/// How a sidecar shows that it holds the key of the certificate it has, when it asks for the next one: ECDSA with SHA-256 over a fixed text and the new request, so
/// that the signature means nothing anywhere else. Bytes signed: <c>"meshinsight renewal v1\0" CSR</c>.
/// </summary>
public static class RenewalProof
{
    private static ReadOnlySpan<byte> Purpose => "meshinsight renewal v1\0"u8;

    public static byte[] Sign(ECDsa key, ReadOnlySpan<byte> csr) => key.SignData([.. Purpose, .. csr], HashAlgorithmName.SHA256);

    public static bool Verify(X509Certificate2 current, ReadOnlySpan<byte> csr, ReadOnlySpan<byte> proof)
    {
        using var key = current.GetECDsaPublicKey();
        return key is not null && key.VerifyData([.. Purpose, .. csr], proof, HashAlgorithmName.SHA256);
    }
}
