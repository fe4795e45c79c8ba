using System.Net;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Hosts outside the mesh that may be called, and how. What is named by no ExternalService is refused.</summary>
/// <param name="Hosts">Exact names.</param>
/// <param name="Addresses">Where the hosts are, when DNS is not to be asked; IP addresses.</param>
/// <param name="Gateway">The gateway through which they are called; empty: each sidecar calls itself.</param>
internal sealed record ExternalServiceConfig(string Name, IReadOnlyList<string> Hosts, IReadOnlyList<ExternalPort> Ports, IReadOnlyList<string> Addresses, string Gateway);

/// <param name="Port">As the app calls it.</param>
/// <param name="TargetPort">Where the host listens.</param>
/// <param name="OriginatesTls">The app speaks <c>http://</c>, the host is spoken to within TLS.</param>
/// <param name="Protocol">What the app speaks.</param>
internal sealed record ExternalPort(int Port, int TargetPort, bool OriginatesTls, ExternalProtocol Protocol)
{
    public bool IsBytes => Protocol != ExternalProtocol.Http;
}

internal enum ExternalProtocol
{
    Http,

    /// <summary>Of the app's own; a captured connection says the host in its hello.</summary>
    Tls,

    /// <summary>A captured connection says no name and is known by its address.</summary>
    Tcp,
}

internal sealed class ExternalServiceKind : IResourceKind
{
    private const int MaxHosts = 64;
    private const int MaxPorts = 16;
    private const string MeshSuffix = ".mesh";

    private static readonly Dictionary<string, ExternalProtocol> Protocols = new() { ["HTTP"] = ExternalProtocol.Http, ["TLS"] = ExternalProtocol.Tls, ["TCP"] = ExternalProtocol.Tcp };
    private static readonly Dictionary<string, bool> Modes = new() { ["Originate"] = true };

    public string Kind => "ExternalService";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec)
    {
        var hosts = spec.TextList("hosts", required: true);
        foreach (string host in hosts.Where(h => !IsHost(h)))
        {
            spec.Problem("hosts", $"\"{host}\" must be the full DNS name of a host outside the mesh, without wildcard and port.", "api.example.com");
        }

        if (hosts.Count > MaxHosts)
        {
            spec.Problem("hosts", $"has {hosts.Count} entries; at most {MaxHosts} are allowed.");
        }

        var ports = new List<ExternalPort>();
        foreach (var reader in spec.Maps("ports", MaxPorts, required: true))
        {
            var port = ReadPort(reader);
            if (ports.Exists(p => p.Port == port.Port))
            {
                reader.Problem("port", $"{port.Port} is listed twice.");
            }

            ports.Add(port);
        }

        var addresses = spec.TextList("addresses");
        foreach (string address in addresses.Where(a => !IPAddress.TryParse(a, out _)))
        {
            spec.Problem("addresses", $"\"{address}\" must be an IP address.", "192.0.2.7");
        }

        return new ExternalServiceConfig(name, [.. hosts.Select(h => h.ToLowerInvariant()).Distinct()], ports, addresses, spec.Text("gateway"));
    }

    // One label alone, or one that ends with ".mesh", is what services of the mesh are called by.
    private static bool IsHost(string host) =>
        Hostnames.IsValid(host) && !Hostnames.IsWildcard(host) && host.Contains('.', StringComparison.Ordinal) && !host.EndsWith(MeshSuffix, StringComparison.OrdinalIgnoreCase);

    private static ExternalPort ReadPort(FieldReader reader)
    {
        int port = reader.Integer("port", 1, 65535, 0, required: true);
        var protocol = reader.Choice("protocol", Protocols, ExternalProtocol.Http);
        var tls = reader.Map("tls");
        if (tls is not null && protocol != ExternalProtocol.Http)
        {
            reader.Problem("tls", "is for protocol HTTP, where the mesh makes the TLS; with protocol TLS the app does. Leave one of the two out.");
        }

        tls?.Choice("mode", Modes, true, required: true);
        int targetPort = tls?.Integer("port", 1, 65535, 443) ?? port;
        tls?.Finish();
        reader.Finish();
        return new(port, targetPort, tls is not null, protocol);
    }
}
