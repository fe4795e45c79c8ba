using System.Globalization;
using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Logs;

namespace MeshInsight.Proxy.Settings;

/// <summary>Reads <see cref="ProxyOptions"/> from environment variables and names everything that is wrong with them.</summary>
internal sealed class ProxyOptionsReader(Func<string, string?> variable)
{
    private readonly List<string> _problems = [];

    public static (ProxyOptions Options, IReadOnlyList<string> Problems) Read(Func<string, string?> variable)
    {
        var reader = new ProxyOptionsReader(variable);
        return (reader.Read(), reader._problems);
    }

    private ProxyOptions Read()
    {
        var defaults = new ProxyOptions();
        string gateway = Text("MESH_GATEWAY");
        string service = Text("MESH_SERVICE") is { Length: > 0 } named ? named : gateway;
        string version = Text("MESH_VERSION");
        if (service.Length == 0)
        {
            _problems.Add("MESH_SERVICE is not set; it names the service of the app behind this sidecar.");
        }

        if (gateway.Length > 0 && Text("MESH_APP_URL").Length > 0)
        {
            _problems.Add("MESH_GATEWAY and MESH_APP_URL exclude each other: a gateway has no app behind it.");
        }

        if (Text("MESH_APP_URL").StartsWith("tcp:", StringComparison.OrdinalIgnoreCase) && !Text("MESH_PROTOCOL").Equals("tcp", StringComparison.OrdinalIgnoreCase))
        {
            _problems.Add("MESH_APP_URL begins with tcp:, which belongs to MESH_PROTOCOL=tcp.");
        }

        return new()
        {
            Service = service,
            Version = version,
            Instance = Text("MESH_INSTANCE") is { Length: > 0 } instance
                ? instance
                : string.Join('-', new[] { service, version, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) }.Where(p => p.Length > 0)),
            Zone = Text("MESH_ZONE"),
            Weight = Whole("MESH_WEIGHT", 1, 100, defaults.Weight),
            MaxRelays = Whole("MESH_MAX_RELAYS", 1, 1_000_000, defaults.MaxRelays),
            Protocol = Choice(
                "MESH_PROTOCOL", "http, http2, grpc, tcp", ClusterProtocol.Http, ("http", ClusterProtocol.Http), ("http2", ClusterProtocol.Http2), ("grpc", ClusterProtocol.Grpc), ("tcp", ClusterProtocol.Tcp)),
            AppUrl = Url("MESH_APP_URL", null, "tcp"),
            InboundPort = Port("MESH_INBOUND_PORT"),
            OutboundPort = Port("MESH_OUTBOUND_PORT"),
            AdminPort = Port("MESH_ADMIN_PORT"),
            CaptureOutboundPort = Text("MESH_CAPTURE_OUTBOUND_PORT").Length > 0 ? Port("MESH_CAPTURE_OUTBOUND_PORT") : null,
            CaptureInboundPort = Text("MESH_CAPTURE_INBOUND_PORT").Length > 0 ? Port("MESH_CAPTURE_INBOUND_PORT") : null,
            CaptureDetect = Millis("MESH_CAPTURE_DETECT_MILLIS", defaults.CaptureDetect),
            AllowsUnknown = Choice("MESH_OUTBOUND_POLICY", "ALLOW_ANY, REGISTRY_ONLY", true, ("ALLOW_ANY", true), ("REGISTRY_ONLY", false)),
            Advertise = Text("MESH_ADVERTISE") is { Length: > 0 } advertise ? advertise : defaults.Advertise,
            Bind = Address(MeshEnvironment.BindAddress, defaults.Bind)!,
            Gateway = gateway,
            GatewayBind = Address("MESH_GATEWAY_BIND", null),
            ExternalRoots = Text("MESH_EXTERNAL_ROOTS"),
            GatewayCertificates = Text("MESH_GATEWAY_CERTIFICATES"),
            ControlUrl = Url(MeshEnvironment.ControlUrl, defaults.ControlUrl, Uri.UriSchemeHttps),
            OtlpUrl = Url(MeshEnvironment.OtlpUrl, defaults.OtlpUrl),
            TokenFile = Text(MeshEnvironment.TokenFile),
            MutualTls = Choice("MESH_MTLS", "on, off", true, ("on", true), ("off", false)),
            DataDirectory = Text(MeshEnvironment.DataDirectory),
            AccessLog = Choice(
                "MESH_ACCESS_LOG", "json, errors, off", AccessLogMode.Errors, ("json", AccessLogMode.All), ("errors", AccessLogMode.Errors), ("off", AccessLogMode.Off)),
            AccessLogRecords = Choice(
                "MESH_ACCESS_LOG_OTLP", "all, errors, off", AccessLogMode.Errors, ("all", AccessLogMode.All), ("errors", AccessLogMode.Errors), ("off", AccessLogMode.Off)),
            DrainTimeout = Seconds("MESH_DRAIN_SECONDS", defaults.DrainTimeout),
            Clients = new()
            {
                RequestHeaders = Seconds("MESH_REQUEST_HEADERS_SECONDS", defaults.Clients.RequestHeaders),
                Idle = Seconds("MESH_IDLE_SECONDS", defaults.Clients.Idle),
                StreamIdle = Text("MESH_STREAM_IDLE_SECONDS").Length > 0 ? Seconds("MESH_STREAM_IDLE_SECONDS", TimeSpan.Zero) : null,
                MaxConnections = Whole("MESH_MAX_CONNECTIONS", 0, 1_000_000, defaults.Clients.MaxConnections),
            },
        };
    }

    private string Text(string name) => variable(name)?.Trim() ?? "";

    private int Port(string name)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return 0;
        }

        if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            _problems.Add($"{name} is '{text}'; it needs a port from 0 (any free one) to 65535.");
        }

        return port;
    }

    private int Whole(string name, int least, int most, int otherwise)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return number;
        }

        _problems.Add($"{name} is '{text}'; it needs a whole number from {least} to {most}.");
        return otherwise;
    }

    /// <param name="alsoScheme">Beside <c>http</c>.</param>
    private Uri? Url(string name, Uri? otherwise, string alsoScheme = "")
    {
        string text = Text(name);
        if (text.Length == 0 || text == "off")
        {
            return text.Length == 0 ? otherwise : null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || (url.Scheme == alsoScheme && url.Port > 0)))
        {
            return url;
        }

        _problems.Add($"{name} is '{text}'; it needs a URL like http://127.0.0.1:5000.");
        return otherwise;
    }

    private IPAddress? Address(string name, IPAddress? otherwise)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return otherwise;
        }

        if (IPAddress.TryParse(text, out var address))
        {
            return address;
        }

        _problems.Add($"{name} is '{text}'; it needs an IP address like 127.0.0.1 or 0.0.0.0.");
        return otherwise;
    }

    private TimeSpan Seconds(string name, TimeSpan otherwise)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return otherwise;
        }

        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= 3600)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        _problems.Add($"{name} is '{text}'; it needs seconds from 0 to 3600.");
        return otherwise;
    }

    private TimeSpan Millis(string name, TimeSpan otherwise)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int millis) && millis is >= 1 and <= 10_000)
        {
            return TimeSpan.FromMilliseconds(millis);
        }

        _problems.Add($"{name} is '{text}'; it needs milliseconds from 1 to 10000.");
        return otherwise;
    }

    private T Choice<T>(string name, string allowed, T otherwise, params ReadOnlySpan<(string Text, T Value)> choices)
    {
        string text = Text(name);
        if (text.Length == 0)
        {
            return otherwise;
        }

        foreach (var choice in choices)
        {
            if (choice.Text.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return choice.Value;
            }
        }

        _problems.Add($"{name} is '{text}'; allowed are {allowed}.");
        return otherwise;
    }
}
