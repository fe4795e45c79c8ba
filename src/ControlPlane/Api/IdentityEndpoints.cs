using System.Security.Cryptography;
using MeshInsight.Contracts.Identity;
using MeshInsight.ControlPlane.Identity;

namespace MeshInsight.ControlPlane.Api;

/// <summary>Identities: whom the mesh trusts, tokens to join it, rotation of its root.</summary>
internal sealed class IdentityEndpoints(CertificateAuthority authority, JoinTokens tokens, ServerKey key, TokenFilter filter)
{
    private const int DefaultMinutes = 60;
    private const int MaxMinutes = 7 * 24 * 60;

    public void Map(RouteGroupBuilder api)
    {
        api.MapGet("/identity", Identity);
        api.MapPost("/identity/rotate", Rotate).AddEndpointFilter(filter);
        api.MapPost("/tokens", Create).AddEndpointFilter(filter);
    }

    private IdentityAnswer Identity()
    {
        var current = authority.Authority;
        return new(
            authority.TrustDomain,
            [.. current.Roots.Select(r => new RootAnswer(r.Subject, r.NotAfter, r.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant(), r.ExportCertificatePem()))],
            current.OverlapEnds);
    }

    private IResult Rotate() => authority.Rotate() is { Length: > 0 } problem ? ApiProblem.Conflict(problem) : Results.Ok(Identity());

    private IResult Create(string? service, int? minutes)
    {
        if (!SpiffeId.TryForService(authority.TrustDomain, service ?? "", out _, out string problem))
        {
            return ApiProblem.BadRequest($"\"service\" must name a service: {problem}");
        }

        if (minutes is < 1 or > MaxMinutes)
        {
            return ApiProblem.BadRequest($"\"minutes\" is {minutes}; 1 to {MaxMinutes} are possible.");
        }

        var (token, expires) = tokens.Create(service!, TimeSpan.FromMinutes(minutes ?? DefaultMinutes));
        return Results.Ok(new JoinTokenAnswer($"{token}.{key.Pin}", service!, expires));
    }
}
