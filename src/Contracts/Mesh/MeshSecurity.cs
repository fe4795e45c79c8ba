namespace MeshInsight.Contracts.Mesh;

/// <summary>Whom sidecars trust, and who may do what. Part of a <see cref="MeshSnapshot"/>.</summary>
/// <param name="TrustDomain">Empty when the mesh has no certificate authority: everything is plain text then.</param>
/// <param name="Roots">DER, not copied; two while one root takes over from another.</param>
public sealed record MeshSecurity(string TrustDomain, IReadOnlyList<byte[]> Roots, IReadOnlyList<PeerAuthenticationConfig> PeerAuthentications)
{
    public static MeshSecurity None { get; } = new("", [], []);

    public IReadOnlyList<AuthorizationPolicyConfig> Policies { get; init; } = [];

    public IReadOnlyList<JwtRuleConfig> JwtRules { get; init; } = [];
}

/// <summary>What an inbound listener takes.</summary>
public enum TlsMode
{
    /// <summary>Mutual TLS and plain text, the default; callers that can use mutual TLS.</summary>
    Permissive,

    /// <summary>Mutual TLS only; plain text is answered with 403.</summary>
    Strict,

    /// <summary>Callers use plain text. Mutual TLS is still taken, so that callers which do not know yet lose no request.</summary>
    Disable,
}

/// <param name="Services">Empty: every service that no other PeerAuthentication names.</param>
/// <param name="Ports">By port of the app, before <paramref name="Mode"/>.</param>
public sealed record PeerAuthenticationConfig(string Name, IReadOnlyList<string> Services, TlsMode Mode, IReadOnlyDictionary<int, TlsMode> Ports);
