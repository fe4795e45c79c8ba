using MeshInsight.Grpc.Server;

namespace MeshInsight.ControlPlane.Identity;

/// <summary>Who calls, by the token of the call: anyone of the mesh (its own token), or a sidecar of one service (an access token).</summary>
internal sealed class CallerCheck(BearerToken mesh, AccessTokens access)
{
    private const string Scheme = "Bearer ";

    /// <returns>Null when the caller may not connect.</returns>
    public Caller? Find(string? authorization) =>
        mesh.Matches(authorization) ? new Caller("")
        : access.Service(TokenOf(authorization)) is { } service ? new Caller(service)
        : null;

    /// <summary>The token of an <c>authorization</c> header; empty when it has none.</summary>
    public static string TokenOf(string? authorization) =>
        authorization is not null && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? authorization[Scheme.Length..].Trim() : "";
}

/// <param name="Service">The only service that the caller may be; empty for any.</param>
internal sealed record Caller(string Service)
{
    public bool MayBe(string service) => Service.Length == 0 || Service == service;
}
