using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;

namespace MeshInsight.Proxy.Match;

/// <summary>What a request matched.</summary>
/// <param name="Match">The rule's match that took the request; null when the rule takes every request.</param>
internal readonly record struct RouteChoice(CompiledRoute? Route, CompiledMatch? Match)
{
    /// <summary>Path template of the rule; null when the rule says nothing about paths.</summary>
    public string? Template => Match?.Template;

    /// <summary>The start of the path that a filter may replace: empty or "/elements", without a slash at its end.</summary>
    public string Prefix => Match?.Prefix ?? "";
}

/// <summary>One snapshot compiled for matching. Immutable; a request keeps the table it started with.</summary>
internal sealed class RouteTable
{
    private readonly Dictionary<string, ServiceRoutes>.AlternateLookup<ReadOnlySpan<char>> _byService;

    private readonly Lazy<Dictionary<IPEndPoint, string>> _byAddress;

    private readonly Lazy<Dictionary<IPEndPoint, CompiledRoute>> _bytesByAddress;

    private RouteTable(MeshSnapshot snapshot, ClusterTable clusters, GatewayTable gateway)
    {
        // Only captured calls ask.
        _byAddress = new(() => ServicesByAddress(snapshot));
        Snapshot = snapshot;
        Clusters = clusters;
        Gateway = gateway;
        var ports = snapshot.Services.DistinctBy(s => s.Service, StringComparer.OrdinalIgnoreCase).ToDictionary(s => s.Service, s => s.Ports, StringComparer.OrdinalIgnoreCase);
        var routes = snapshot.Routes
            .GroupBy(r => r.Service, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => new ServiceRoutes(g, clusters, ports.GetValueOrDefault(g.Key, [])), StringComparer.OrdinalIgnoreCase);
        _bytesByAddress = new(() => RoutesByAddress(routes.Values.SelectMany(r => r.All)));
        _byService = routes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public static RouteTable Empty { get; } = new(MeshSnapshot.Empty, ClusterTable.Empty, GatewayTable.Empty);

    public MeshSnapshot Snapshot { get; }

    public ClusterTable Clusters { get; }

    /// <summary>What this process serves as a gateway.</summary>
    public GatewayTable Gateway { get; }

    /// <param name="gateway">Which gateway this process is; empty for a sidecar.</param>
    public static RouteTable Compile(MeshSnapshot snapshot, RouteTable previous, TimeProvider time, string zone = "", string gateway = "")
    {
        var clusters = ClusterTable.Build(snapshot.Clusters, previous.Clusters, time, zone);
        return new(snapshot, clusters, GatewayTable.Compile(snapshot, gateway, clusters));
    }

    /// <summary>Whether a service of that name, in any case, has routes.</summary>
    public bool Knows(ReadOnlySpan<char> service) => _byService.ContainsKey(service);

    /// <summary>The service that has an instance there: its sidecar's listener, or its app's. Null when nobody is known there; hosts that are named, not numbered, are not.</summary>
    public string? ServiceAt(IPEndPoint address) => _byAddress.Value.GetValueOrDefault(address);

    public RouteChoice Match(in RequestHead head) => _byService.TryGetValue(head.Service, out var routes) ? routes.Match(head) : default;

    /// <summary>The route of a connection whose content is bytes to us; null when none takes it.</summary>
    /// <param name="service">As requests name it: a service of the mesh, or a host outside.</param>
    /// <param name="port">0 for any.</param>
    public CompiledRoute? MatchBytes(ReadOnlySpan<char> service, int port) => _byService.TryGetValue(service, out var routes) ? routes.MatchBytes(port) : null;

    /// <summary>The same by where the connection goes, which a declaration names or an instance of a service has.</summary>
    public CompiledRoute? MatchBytesAt(IPEndPoint address) =>
        _bytesByAddress.Value.GetValueOrDefault(address) ?? (ServiceAt(address) is { } service ? MatchBytes(service, 0) : null);

    private static Dictionary<IPEndPoint, CompiledRoute> RoutesByAddress(IEnumerable<CompiledRoute> routes)
    {
        var known = new Dictionary<IPEndPoint, CompiledRoute>();
        foreach (var route in routes)
        {
            foreach (string address in route.Config.Addresses)
            {
                known.TryAdd(new(IPAddress.Parse(address), route.Config.Port), route);
            }
        }

        return known;
    }

    private static Dictionary<IPEndPoint, string> ServicesByAddress(MeshSnapshot snapshot)
    {
        var services = new Dictionary<IPEndPoint, string>();
        // At one address there are many hosts outside; which one a connection of bytes is for, its name says, or the declaration.
        foreach (var cluster in snapshot.Clusters.Where(c => c is not { IsExternal: true, Protocol: ClusterProtocol.Tcp }))
        {
            foreach (var endpoint in cluster.Endpoints)
            {
                if (IPEndPoint.TryParse(endpoint.Address, out var sidecar))
                {
                    services.TryAdd(sidecar, cluster.Service);
                    services.TryAdd(new(sidecar.Address, endpoint.AppPort), cluster.Service);
                }
            }
        }

        return services;
    }
}
