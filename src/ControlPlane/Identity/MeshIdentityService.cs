using Google.Protobuf;
using MeshInsight.Contracts.Identity;
using MeshInsight.Control.V1;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>meshinsight.control.v1.MeshIdentity on the wire: checks who asks, then has the certificate made.</summary>
internal sealed partial class MeshIdentityService(
    CertificateAuthority authority, JoinTokens joinTokens, AccessTokens accessTokens, BearerToken mesh, ILogger<MeshIdentityService> logger)
{
    public const string Sign = "/meshinsight.control.v1.MeshIdentity/Sign";

    private const int MaxChain = 4;

    private readonly Log _log = new(logger);

    public void Map(IEndpointRouteBuilder endpoints, GrpcServiceOptions options) =>
        endpoints.MapGrpcUnary<SignRequest, SignResponse>(Sign, SignRequest.Parser, (request, call) => Task.FromResult(Answer(request, call)), options);

    private SignResponse Answer(SignRequest request, GrpcServerCall call)
    {
        byte[] csr = request.Csr.ToByteArray();
        var (key, problem) = CertificateAuthority.ReadRequest(csr);
        if (key is null)
        {
            throw new GrpcException(GrpcStatusCode.InvalidArgument, problem);
        }

        if (!SpiffeId.TryForService(authority.TrustDomain, request.Service, out _, out problem))
        {
            throw new GrpcException(GrpcStatusCode.InvalidArgument, $"\"{request.Service}\" cannot be the name of a service with an identity: {problem}");
        }

        // The token is used up last: a request that is refused for anything else leaves it good.
        string refusal = Authenticate(request, csr, key.ExportSubjectPublicKeyInfo(), call.RequestHeader("authorization"));
        if (refusal.Length > 0)
        {
            _log.Refused(request.Service, request.InstanceId, refusal);
            throw new GrpcException(GrpcStatusCode.Unauthenticated, refusal);
        }

        using var certificate = authority.Issue(request.Service, key);
        var signer = authority.Authority;
        var answer = new SignResponse { TrustDomain = authority.TrustDomain, AccessToken = accessTokens.Create(request.Service, certificate.NotAfter) };
        answer.Chain.Add(ByteString.CopyFrom(certificate.RawData));
        answer.Chain.AddRange(signer.Intermediates.Select(c => ByteString.CopyFrom(c.RawData)));
        answer.Roots.AddRange(signer.Roots.Select(c => ByteString.CopyFrom(c.RawData)));
        _log.Issued(request.Service, request.InstanceId, certificate.NotAfter);
        return answer;
    }

    private string Authenticate(SignRequest request, byte[] csr, byte[] publicKey, string? authorization)
    {
        if (request.CurrentChain.Count is > 0 and <= MaxChain)
        {
            return authority.ProofProblem([.. request.CurrentChain.Select(c => c.ToByteArray())], csr, request.Proof.Span, request.Service);
        }

        string token = CallerCheck.TokenOf(authorization);
        return token.StartsWith(JoinTokens.Prefix, StringComparison.Ordinal) ? joinTokens.Redeem(ControlPlaneProof.SecretOf(token), request.Service, publicKey)
            : mesh.Matches(authorization) ? ""
            : "A first certificate needs the mesh token or a join token, as \"authorization: Bearer\".";
    }
}
