using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MeshInsight.Contracts.Identity;
using MeshInsight.Control.V1;
using MeshInsight.Grpc.Client;

namespace MeshInsight.ControlPlane.Tests.Identity;

/// <summary>A sidecar as far as identities go: holds a key, asks for certificates.</summary>
internal sealed class IdentityClient(RunningControlPlane control) : IDisposable
{
    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] Csr => CsrOf(Key);

    public static byte[] CsrOf(ECDsa key) => new CertificateRequest("CN=ignored", key, HashAlgorithmName.SHA256).CreateSigningRequest();

    public Task<SignResponse> SignAsync(string? token, string service = "checkout", byte[]? csr = null) =>
        SendAsync(token, new() { Service = service, InstanceId = service + "-1", Csr = ByteString.CopyFrom(csr ?? Csr) });

    /// <summary>Renews without any token.</summary>
    public Task<SignResponse> RenewAsync(SignResponse inForce, string service = "checkout", ECDsa? prover = null)
    {
        byte[] csr = Csr;
        var request = new SignRequest { Service = service, InstanceId = service + "-1", Csr = ByteString.CopyFrom(csr), Proof = ByteString.CopyFrom(RenewalProof.Sign(prover ?? Key, csr)) };
        request.CurrentChain.AddRange(inForce.Chain);
        return SendAsync(null, request);
    }

    public static X509Certificate2 Leaf(SignResponse answer) => X509CertificateLoader.LoadCertificate(answer.Chain[0].Span);

    /// <summary>Whether someone who trusts only these roots accepts the certificate.</summary>
    public static string ChainProblem(SignResponse answer, IEnumerable<ByteString> roots, DateTimeOffset now) => TrustChain.Problem(
        Leaf(answer),
        answer.Chain.Skip(1).Select(c => X509CertificateLoader.LoadCertificate(c.Span)),
        [.. roots.Select(r => X509CertificateLoader.LoadCertificate(r.Span))],
        now);

    public void Dispose() => Key.Dispose();

    private async Task<SignResponse> SendAsync(string? token, SignRequest request)
    {
        using var channel = new GrpcChannel(control.GrpcUrl, new GrpcChannelOptions { Token = token });
        return await channel.UnaryAsync("/meshinsight.control.v1.MeshIdentity/Sign", request, SignResponse.Parser);
    }
}
