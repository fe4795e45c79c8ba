using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

internal sealed class ServiceKind : IResourceKind
{
    private static readonly Dictionary<string, ClusterProtocol> Protocols = new()
    {
        ["HTTP"] = ClusterProtocol.Http,
        ["HTTP2"] = ClusterProtocol.Http2,
        ["GRPC"] = ClusterProtocol.Grpc,
        ["TCP"] = ClusterProtocol.Tcp,
        // The app's own TLS is bytes to us.
        ["TLS"] = ClusterProtocol.Tcp,
    };

    public string Kind => "Service";

    public string ApiVersion => "meshinsight.io/v1";

    public object Read(string name, FieldReader spec)
    {
        var ports = new List<PortConfig>();
        foreach (var port in spec.Maps("ports", maximum: 64))
        {
            ports.Add(ReadPort(port, ports));
        }

        var versions = spec.TextList("versions", required: true);
        foreach (var twice in versions.GroupBy(v => v).Where(g => g.Count() > 1))
        {
            spec.Problem("versions", $"lists \"{twice.Key}\" twice.");
        }

        string defaultVersion = spec.Text("defaultVersion");
        if (defaultVersion.Length > 0 && !versions.Contains(defaultVersion))
        {
            spec.Problem("defaultVersion", $"\"{defaultVersion}\" is not one of this service's versions.", versions);
        }

        return new ServiceConfig(name, ports, versions, defaultVersion);
    }

    private static PortConfig ReadPort(FieldReader reader, List<PortConfig> before)
    {
        var port = new PortConfig(
            reader.Text("name"),
            reader.Integer("port", 1, 65535, 0, required: true),
            reader.Choice("protocol", Protocols, ClusterProtocol.Http));
        reader.Finish();
        if (before.Exists(p => p.Port == port.Port))
        {
            reader.Problem("port", $"{port.Port} is listed twice.");
        }

        if (port.Name.Length > 0 && before.Exists(p => p.Name == port.Name))
        {
            reader.Problem("name", $"\"{port.Name}\" is used by two ports.");
        }

        return port;
    }
}
