using System.Net;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Authorize;

/// <summary>
/// What one app's inbound listener lets through, compiled once per snapshot: first how it must be connected to (PeerAuthentication), then whose tokens count
/// (RequestAuthentication), then who may do what (AuthorizationPolicy). Immutable.
/// </summary>
internal sealed class InboundPolicy
{
    private const string Scheme = "Bearer ";

    private readonly string _service;
    private readonly JwtValidator _tokens;
    private readonly CompiledPolicies _policies;
    private readonly Lazy<CompiledPolicies> _ofConnections;

    private InboundPolicy(MeshSecurity security, string service, int port)
    {
        _service = service;
        Mode = InboundMode.Of(security, service, port);
        _tokens = new(security.JwtRules.Where(r => r.Services.Count == 0 || r.Services.Contains(service)));
        _policies = new(security.Policies, service, port);
        // Only apps that speak no HTTP ask.
        _ofConnections = new(() => new(TcpRules.Of(security.Policies), service, port));
    }

    /// <summary>Before the first snapshot: everyone, as where no policy is declared.</summary>
    public static InboundPolicy Open { get; } = new(MeshSecurity.None, "", 0);

    public TlsMode Mode { get; }

    /// <summary>Whether no policy and no token rule looks at requests.</summary>
    public bool IsOpen => _policies.IsEmpty && _tokens.IsEmpty;

    public static InboundPolicy Compile(MeshSecurity security, string service, int port) => new(security, service, port);

    /// <param name="peer">Who calls, as mutual TLS has proved; null on a plain connection.</param>
    /// <param name="why">Told each part of the decision; null for nearly all requests.</param>
    /// <returns>Status 0 when the request may pass; else 401 or 403 and why.</returns>
    public (int Status, PolicyDecision Decision) Decide(HttpContext context, SpiffeId? peer, TimeProvider time, Action<string>? why = null)
    {
        why?.Invoke($"the caller is {(peer is null ? "not proved: a plain connection" : peer.Text)}; mutual TLS is {Mode.ToString().ToUpperInvariant()}");
        if (peer is null && Mode == TlsMode.Strict)
        {
            return (StatusCodes.Status403Forbidden, new($"{_service} takes mutual TLS only (PeerAuthentication STRICT)", ""));
        }

        JwtClaims? claims = null;
        if (!_tokens.IsEmpty && Token(context) is { } token)
        {
            (claims, var rule, string problem) = _tokens.Validate(token, time.GetUtcNow());
            why?.Invoke(claims is null ? $"the token is refused: {problem}" : "the token is good");
            if (claims is null)
            {
                return (StatusCodes.Status401Unauthorized, new(problem, ""));
            }

            if (!rule!.ForwardToken)
            {
                context.Request.Headers.Authorization = default;
            }
        }

        if (_policies.IsEmpty)
        {
            why?.Invoke($"no AuthorizationPolicy is for {_service}: allowed");
            return (0, PolicyDecision.Pass);
        }

        var facts = new RequestFacts(context, peer, claims, context.Request.Path.Value ?? "", context.Connection.RemoteIpAddress);
        var decision = _policies.Decide(facts);
        why?.Invoke(_policies.Explain(facts, decision));
        return (decision.IsAllowed ? 0 : StatusCodes.Status403Forbidden, decision);
    }

    /// <summary>The same of a connection whose content is bytes. Tokens are in requests, so none is asked for.</summary>
    public PolicyDecision Decide(SpiffeId? peer, IPAddress? remote) => peer is null && Mode == TlsMode.Strict
        ? new($"{_service} takes mutual TLS only (PeerAuthentication STRICT)", "")
        : _ofConnections.Value.Decide(new RequestFacts(null, peer, null, "", remote));

    // Without a token a request has no request principal; whether it needs one is for the policies to say.
    private static string? Token(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        string? first = header.Count > 0 ? header[0] : null;
        return first is not null && first.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? first[Scheme.Length..].Trim() : null;
    }
}
