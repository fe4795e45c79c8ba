using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Gateway of https://gateway-api.sigs.k8s.io/reference/spec/ : the fields we act on; others are refused rather than ignored.</summary>
internal sealed class GatewayKind : IResourceKind
{
    private const int MaxListeners = 64;
    private const int MaxCertificates = 64;

    private static readonly Dictionary<string, bool> Classes = new() { ["meshinsight"] = true };
    private static readonly Dictionary<string, bool> Modes = new() { ["Terminate"] = false, ["Passthrough"] = true };
    private static readonly Dictionary<string, bool> CoreGroup = new() { [""] = true };
    private static readonly Dictionary<string, bool> SecretOnly = new() { ["Secret"] = true };
    private static readonly Dictionary<string, bool> From = new() { ["Same"] = true, ["All"] = true };

    private static readonly Dictionary<string, GatewayProtocol> Protocols = new()
    {
        ["HTTP"] = GatewayProtocol.Http,
        ["HTTPS"] = GatewayProtocol.Https,
        ["TLS"] = GatewayProtocol.Tls,
        ["TCP"] = GatewayProtocol.Tcp,
    };

    public string Kind => "Gateway";

    public string ApiVersion => "gateway.networking.k8s.io/v1";

    public object Read(string name, FieldReader spec)
    {
        spec.Choice("gatewayClassName", Classes, true);
        var listeners = new List<GatewayListener>();
        foreach (var reader in spec.Maps("listeners", MaxListeners, required: true))
        {
            var listener = ReadListener(reader);
            CheckAgainst(listener, listeners, reader);
            listeners.Add(listener);
        }

        return new GatewayConfig(name, listeners);
    }

    private static GatewayListener ReadListener(FieldReader reader)
    {
        string name = reader.Text("name", required: true);
        string hostname = reader.Text("hostname").ToLowerInvariant();
        if (hostname.Length > 0)
        {
            RouteFields.CheckHostname(reader, "hostname", hostname);
        }

        int port = reader.Integer("port", 1, 65535, 0, required: true);
        var protocol = reader.Choice("protocol", Protocols, GatewayProtocol.Http, required: true);
        if (hostname.Length > 0 && protocol == GatewayProtocol.Tcp)
        {
            reader.Problem("hostname", "belongs to the protocols HTTP, HTTPS and TLS: a plain connection names nobody.");
        }

        var (isPassthrough, certificates) = ReadTls(reader, protocol);
        bool http3 = reader.Flag("http3", false);
        if (http3 && protocol != GatewayProtocol.Https)
        {
            reader.Problem("http3", "belongs to the protocol HTTPS.");
        }

        ReadAllowedRoutes(reader);
        reader.Finish();
        return new GatewayListener(name, hostname, port, protocol, isPassthrough, certificates, []) { Http3 = http3 };
    }

    private static (bool IsPassthrough, IReadOnlyList<string> Certificates) ReadTls(FieldReader listener, GatewayProtocol protocol)
    {
        var tls = listener.Map("tls");
        if (protocol is GatewayProtocol.Http or GatewayProtocol.Tcp)
        {
            if (tls is not null)
            {
                listener.Problem("tls", "belongs to the protocols HTTPS and TLS.");
            }

            return (false, []);
        }

        if (tls is null)
        {
            listener.Problem("tls", "is required: where the certificate is, by certificateRefs.");
            return (false, []);
        }

        bool isPassthrough = tls.Choice("mode", Modes, false);
        var certificates = tls.Maps("certificateRefs", MaxCertificates).Select(ReadCertificate).Distinct().ToList();
        tls.Finish();
        if (isPassthrough && protocol == GatewayProtocol.Https)
        {
            tls.Problem("mode", "Passthrough belongs to the protocol TLS: an HTTPS listener has to read requests.");
        }

        if (isPassthrough != (certificates.Count == 0))
        {
            tls.Problem("certificateRefs", isPassthrough ? "has no use with the mode Passthrough." : "is required with the mode Terminate.");
        }

        return (isPassthrough, certificates);
    }

    private static string ReadCertificate(FieldReader reader)
    {
        reader.Choice("group", CoreGroup, true);
        reader.Choice("kind", SecretOnly, true);
        string name = reader.Text("name", required: true);
        if (name.Length > 0 && (name.Length > 253 || !GatewayListener.IsCertificateName(name)))
        {
            reader.Problem("name", $"\"{name}\" must be letters, digits, \"-\" and \".\", at most 253: it names a directory with tls.crt and tls.key on the gateway's machine.");
        }

        reader.Finish();
        return name;
    }

    // All and Same mean one thing where there are no namespaces; selecting kinds is left to the protocol.
    private static void ReadAllowedRoutes(FieldReader listener)
    {
        if (listener.Map("allowedRoutes") is { } allowed)
        {
            var namespaces = allowed.Map("namespaces");
            namespaces?.Choice("from", From, true);
            namespaces?.Finish();
            allowed.Finish();
        }
    }

    private static void CheckAgainst(GatewayListener listener, List<GatewayListener> before, FieldReader reader)
    {
        if (before.Exists(l => l.Name == listener.Name))
        {
            reader.Problem("name", $"\"{listener.Name}\" is used by two listeners.");
        }

        foreach (var other in before.Where(l => l.Port == listener.Port))
        {
            if (other.IsTls != listener.IsTls || other.Protocol == GatewayProtocol.Tcp || listener.Protocol == GatewayProtocol.Tcp)
            {
                reader.Problem("port", $"{listener.Port} is taken by the listener \"{other.Name}\", whose protocol cannot be told apart on one port.");
            }
            else if (other.Hostname == listener.Hostname)
            {
                reader.Problem("hostname", $"is that of the listener \"{other.Name}\" on the same port; one of them would get no request.");
            }
        }
    }
}
