using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Authorize;

/// <summary>What policies look at in one request.</summary>
/// <param name="Peer">As mutual TLS has proved; null on a plain connection.</param>
/// <param name="Token">Claims of a valid JWT; null without one.</param>
/// <param name="Path">Decoded, without query.</param>
internal readonly record struct RequestFacts(HttpContext Context, SpiffeId? Peer, JwtClaims? Token, string Path)
{
    public string Method => Context.Request.Method;

    /// <summary>Without port, which callers may leave out.</summary>
    public string Host => Context.Request.Host.Host;
}
