using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>
/// External services as routes and clusters like any other, so that retries, deadlines, ejection and telemetry hold for them too. What goes through a gateway is for
/// callers a route to that gateway, and for the gateway itself one to the host.
/// </summary>
internal sealed class ExternalCompiler(CatalogState catalog, IDictionary<string, ClusterConfig> clusters, Func<string, string> clusterOfService)
{
    private const string Prefix = "external/";

    public IEnumerable<ServicePorts> Ports => catalog.ExternalServices.SelectMany(e => e.Hosts, (e, h) => new ServicePorts(h, [.. e.Ports.Select(p => p.Port)]));

    /// <summary>How every caller reaches them.</summary>
    public IEnumerable<RouteConfig> Routes() => Each(
        _ => true, (external, host, port) => Route(external, host, port, external.Gateway.Length > 0 ? clusterOfService(external.Gateway) : Direct(external, host, port)));

    /// <summary>What a gateway calls for others, by host.</summary>
    public IReadOnlyList<HostConfig> Through(string gateway) =>
        [.. Each(e => e.Gateway == gateway, (external, host, port) => Route(external, host, port, Direct(external, host, port))).GroupBy(r => r.Service).Select(h => new HostConfig(h.Key, [.. h]))];

    private static RouteConfig Route(ExternalServiceConfig external, string host, ExternalPort port, string cluster) =>
        new($"{external.Name}/{port.Port.ToString(CultureInfo.InvariantCulture)}", host, [], [new(cluster, 1)], TimeSpan.Zero, TimeSpan.Zero, RetryConfig.None)
        {
            Port = port.Port,
            IsBytes = port.IsBytes,
            Addresses = port.Protocol == ExternalProtocol.Tcp ? external.Addresses : [],
        };

    private IEnumerable<RouteConfig> Each(Func<ExternalServiceConfig, bool> isMeant, Func<ExternalServiceConfig, string, ExternalPort, RouteConfig> route) =>
        from external in catalog.ExternalServices
        where isMeant(external)
        from host in external.Hosts
        from port in external.Ports
        select route(external, host, port);

    private string Direct(ExternalServiceConfig external, string host, ExternalPort port)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{host}:{port.Port}");
        IReadOnlyList<string> hosts = external.Addresses.Count > 0 ? external.Addresses : [host];
        clusters[name] = new(name, host, "", port.IsBytes ? ClusterProtocol.Tcp : ClusterProtocol.Http, [.. hosts.Select(h => Endpoint(host, h, port))]) { IsExternal = true };
        return name;
    }

    // The host is part of the instance: two hosts at one address are two things to know about.
    private static EndpointConfig Endpoint(string host, string address, ExternalPort port)
    {
        string bracketed = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        string full = string.Create(CultureInfo.InvariantCulture, $"{bracketed}:{port.TargetPort}");
        return new($"{host}/{full}", full, "", "", 100) { OriginatesTls = port.OriginatesTls };
    }
}
