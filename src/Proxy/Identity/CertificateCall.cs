using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using MeshInsight.Contracts.Identity;
using MeshInsight.Control.V1;
using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;

namespace MeshInsight.Proxy.Identity;

/// <summary>Asks the control plane for a certificate for a key that is made here and never leaves.</summary>
internal sealed class CertificateCall(GrpcChannel channel, string service, string instance, Func<string?> token)
{
    public const string Method = "/meshinsight.control.v1.MeshIdentity/Sign";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private ECDsa? _key;

    /// <param name="current">Proves who we are while it is valid; a token does otherwise, and when the proof is refused.</param>
    /// <returns>The identity, and whom to trust.</returns>
    /// <exception cref="GrpcException">The control plane is away, or refuses.</exception>
    /// <exception cref="InvalidDataException">The answer is of no use.</exception>
    public async Task<(WorkloadIdentity Identity, TrustBundle Bundle)> AskAsync(WorkloadIdentity? current, CancellationToken stopping)
    {
        // Kept until it is certified: tries while the control plane is away cost nothing, and a join token knows the key that used it.
        var key = _key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] csr = new CertificateRequest("CN=sidecar", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var request = new SignRequest { Service = service, InstanceId = instance, Csr = ByteString.CopyFrom(csr) };
        if (current is not null)
        {
            using var proof = current.Leaf.GetECDsaPrivateKey()!;
            request.CurrentChain.AddRange(current.Intermediates.Prepend(current.Leaf).Select(c => ByteString.CopyFrom(c.RawData)));
            request.Proof = ByteString.CopyFrom(RenewalProof.Sign(proof, csr));
        }

        SignResponse answer;
        try
        {
            answer = await SendAsync(request, stopping);
        }
        catch (GrpcException refused) when (current is not null && refused.Code == GrpcStatusCode.Unauthenticated && token() is not null)
        {
            // The authority may be a new one that knows nothing of us.
            request.CurrentChain.Clear();
            request.Proof = ByteString.Empty;
            answer = await SendAsync(request, stopping);
        }

        try
        {
            var identity = WorkloadIdentity.Create([.. answer.Chain.Select(c => c.ToByteArray())], key, service, answer.AccessToken);
            _key = null;
            return (identity, new(answer.TrustDomain, [.. answer.Roots.Select(r => r.ToByteArray())]));
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"The control plane sent roots that cannot be read: {e.Message}", e);
        }
    }

    private Task<SignResponse> SendAsync(SignRequest request, CancellationToken stopping) => channel.UnaryAsync(
        Method,
        request,
        SignResponse.Parser,
        new() { Deadline = Limit, Headers = request.CurrentChain.Count == 0 && token() is { } secret ? [new("authorization", "Bearer " + secret)] : [] },
        stopping);
}
