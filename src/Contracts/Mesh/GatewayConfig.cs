namespace MeshInsight.Contracts.Mesh;

/// <summary>Where requests from outside enter the mesh. The sidecars that run as this gateway open its listeners; every other one ignores them.</summary>
/// <param name="Name">As <c>MESH_GATEWAY</c> names it.</param>
public sealed record GatewayConfig(string Name, IReadOnlyList<GatewayListener> Listeners)
{
    /// <summary>Hosts outside the mesh that the gateway calls for sidecars.</summary>
    public IReadOnlyList<HostConfig> External { get; init; } = [];

    /// <summary>Everything that is served or called by name.</summary>
    public IEnumerable<HostConfig> Hosts => Listeners.SelectMany(l => l.Hosts).Concat(External);
}

public enum GatewayProtocol
{
    Http,

    /// <summary>TLS ends here, requests go on.</summary>
    Https,

    /// <summary>TLS ends here or passes through; what is inside goes on as bytes.</summary>
    Tls,

    /// <summary>Bytes.</summary>
    Tcp,
}

/// <summary>Listeners may share a port when their hostnames tell them apart.</summary>
/// <param name="Hostname">Exact, or <c>*.</c> and a domain; empty for every name.</param>
/// <param name="IsPassthrough">TLS is not ended here: the listener looks at the server name only.</param>
/// <param name="Certificates">Names of directories with <c>tls.crt</c> and <c>tls.key</c>, on the gateway's machine.</param>
/// <param name="Hosts">What is served, by name.</param>
public sealed record GatewayListener(
    string Name, string Hostname, int Port, GatewayProtocol Protocol, bool IsPassthrough, IReadOnlyList<string> Certificates, IReadOnlyList<HostConfig> Hosts)
{
    /// <summary>Whether its requests may come by HTTP/3, too, where the gateway's machine has QUIC.</summary>
    public bool Http3 { get; init; }

    /// <summary>Whether its connections begin with TLS.</summary>
    public bool IsTls => Protocol is GatewayProtocol.Https or GatewayProtocol.Tls;

    /// <summary>Whether a text can be a certificate's name: it names a directory, so it must not be able to climb.</summary>
    public static bool IsCertificateName(string name) => name.Length > 0 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');
}

/// <summary>The routes of one hostname, in order of precedence, those of wider hostnames after its own: the first that matches wins.</summary>
/// <param name="Hostname">Exact, or <c>*.</c> and a domain; empty for every name.</param>
public sealed record HostConfig(string Hostname, IReadOnlyList<RouteConfig> Routes);
