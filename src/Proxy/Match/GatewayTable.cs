using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Match;

/// <summary>The gateway that this process is, compiled: its ports and what each serves. Immutable; empty in a sidecar.</summary>
internal sealed class GatewayTable
{
    private readonly Dictionary<int, GatewayPort> _ports;

    private readonly HostTable<ServiceRoutes> _external;

    private GatewayTable(Dictionary<int, GatewayPort> ports, IReadOnlyList<HostConfig> external, ClusterTable clusters)
    {
        _ports = ports;
        _external = new(external.Select(h => (h.Hostname, new ServiceRoutes(h.Routes, clusters, [.. h.Routes.Select(r => r.Port)]))));
        CertificateNames = [.. ports.Values.SelectMany(p => p.Listeners).SelectMany(l => l.Config.Certificates).Distinct()];
    }

    public static GatewayTable Empty { get; } = new([], [], ClusterTable.Empty);

    public IReadOnlyCollection<int> Ports => _ports.Keys;

    /// <summary>Certificates that listeners ask for.</summary>
    public IReadOnlyList<string> CertificateNames { get; }

    /// <param name="name">Which gateway; empty for none.</param>
    public static GatewayTable Compile(MeshSnapshot snapshot, string name, ClusterTable clusters)
    {
        if (name.Length == 0 || snapshot.Gateways.FirstOrDefault(g => g.Name == name) is not { } gateway)
        {
            return Empty;
        }

        var ports = gateway.Listeners.GroupBy(l => l.Port).ToDictionary(p => p.Key, p => new GatewayPort([.. p.Select(l => new GatewayListenerState(l, clusters))]));
        return new(ports, gateway.External, clusters);
    }

    /// <summary>The route of a sidecar's request to a host outside the mesh.</summary>
    public RouteChoice MatchExternal(ReadOnlySpan<char> host, in RequestHead head) => _external.Find(host) is { } routes ? routes.Match(head) : default;

    /// <summary>The same of a sidecar's connection.</summary>
    public CompiledRoute? MatchExternalBytes(ReadOnlySpan<char> host, int port) => _external.Find(host)?.MatchBytes(port);

    /// <summary>Null for a port that no listener has any more.</summary>
    public GatewayPort? Port(int port) => _ports.GetValueOrDefault(port);
}

/// <summary>The listeners of one port. Their hostnames tell them apart.</summary>
internal sealed class GatewayPort
{
    private readonly HostTable<GatewayListenerState> _listeners;

    public GatewayPort(IReadOnlyList<GatewayListenerState> listeners)
    {
        Listeners = listeners;
        IsTls = listeners[0].Config.IsTls;
        _listeners = new(listeners.Select(l => (l.Config.Hostname, l)));
    }

    public IReadOnlyList<GatewayListenerState> Listeners { get; }

    /// <summary>Whether connections begin with TLS; one port has either kind of listeners.</summary>
    public bool IsTls { get; }

    /// <summary>Whether one of them asks for HTTP/3.</summary>
    public bool WantsHttp3 => Listeners.Any(l => l.Config.Http3);

    /// <param name="host">Without port; empty when the client named none.</param>
    public GatewayListenerState? Find(ReadOnlySpan<char> host) => _listeners.Find(host);
}

/// <summary>One listener and the hosts it serves.</summary>
internal sealed class GatewayListenerState(GatewayListener config, ClusterTable clusters)
{
    private readonly HostTable<ServiceRoutes> _hosts = new(config.Hosts.Select(h => (h.Hostname, new ServiceRoutes(h.Routes, clusters, []))));

    public GatewayListener Config => config;

    public RouteChoice Match(ReadOnlySpan<char> host, in RequestHead head) => _hosts.Find(host) is { } routes ? routes.Match(head) : default;

    /// <summary>The route of a connection whose content nobody looks at: that of the most specific name. Null when none serves it.</summary>
    public CompiledRoute? Find(ReadOnlySpan<char> serverName) => _hosts.Find(serverName)?.First;
}
