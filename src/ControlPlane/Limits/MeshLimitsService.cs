using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.ControlPlane.Identity;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;
using LimitKey = MeshInsight.Contracts.Limits.LimitKey;

namespace MeshInsight.ControlPlane.Limits;

/// <summary>meshinsight.control.v1.MeshLimits on the wire.</summary>
internal sealed class MeshLimitsService(LimitLedger ledger, CallerCheck callers)
{
    public const string Lease = "/meshinsight.control.v1.MeshLimits/Lease";

    private const int MaxAsks = 256;
    private const int MaxWanted = 10_000;

    public void Map(IEndpointRouteBuilder endpoints, GrpcServiceOptions options) =>
        endpoints.MapGrpcUnary<LeaseRequest, LeaseResponse>(Lease, LeaseRequest.Parser, (request, call) => Task.FromResult(Answer(request, call)), options);

    private LeaseResponse Answer(LeaseRequest request, GrpcServerCall call)
    {
        var caller = callers.Find(call.RequestHeader("authorization"))
            ?? throw new GrpcException(GrpcStatusCode.Unauthenticated, "The token is missing or wrong: send the mesh token, or the one that came with the certificate, as \"authorization: Bearer TOKEN\".");
        if (!caller.MayBe(request.Service))
        {
            throw new GrpcException(GrpcStatusCode.PermissionDenied, $"The token is of the service \"{caller.Service}\", but tokens are asked for \"{request.Service}\".");
        }

        if (request.Asks.Count > MaxAsks)
        {
            throw new GrpcException(GrpcStatusCode.InvalidArgument, $"There are {request.Asks.Count} asks; allowed are {MaxAsks}.");
        }

        var answer = new LeaseResponse();
        foreach (var ask in request.Asks)
        {
            answer.Leases.Add(Grant(ask, request.Service));
        }

        return answer;
    }

    private Lease Grant(LeaseAsk ask, string service)
    {
        if (ask.Wanted is < 1 or > MaxWanted || ask.Key.Count > GlobalRateLimit.MaxKeyParts || ask.Key.Any(k => k.Length > LimitKey.MaxValueLength))
        {
            throw new GrpcException(
                GrpcStatusCode.InvalidArgument, $"An ask is for 1 to {MaxWanted} tokens, by a key of at most {GlobalRateLimit.MaxKeyParts} values of {LimitKey.MaxValueLength} characters.");
        }

        var key = LimitKey.Empty;
        for (int part = 0; part < ask.Key.Count; part++)
        {
            key = key.With(part, ask.Key[part]);
        }

        int granted = ledger.Take(ask.Limit, service, key, ask.Wanted, out var retryAfter);
        return granted < 0
            ? new() { Unknown = true }
            : new() { Granted = granted, RetryAfterMillis = (int)Math.Min(int.MaxValue, Math.Ceiling(retryAfter.TotalMilliseconds)) };
    }
}
