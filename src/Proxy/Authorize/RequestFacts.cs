using System.Net;
using MeshInsight.Contracts.Identity;

namespace MeshInsight.Proxy.Authorize;

/// <summary>What policies look at in one request, or in one connection of bytes.</summary>
/// <param name="Context">Null for a connection: rules that look at requests have been sorted out for those (<see cref="TcpRules"/>).</param>
/// <param name="Peer">As mutual TLS has proved; null on a plain connection.</param>
/// <param name="Token">Claims of a valid JWT; null without one.</param>
/// <param name="Path">Decoded, without query.</param>
/// <param name="RemoteAddress">Of the connection's other end; null when not known.</param>
internal readonly record struct RequestFacts(HttpContext? Context, SpiffeId? Peer, JwtClaims? Token, string Path, IPAddress? RemoteAddress)
{
    public string? Method => Context?.Request.Method;

    /// <summary>Without port, which callers may leave out.</summary>
    public string? Host => Context?.Request.Host.Host;
}
