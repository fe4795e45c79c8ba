using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Settings;

/// <summary>What one sidecar is told at its start. Mesh configuration is not here: it comes as snapshots.</summary>
internal sealed record ProxyOptions
{
    /// <summary>MESH_SERVICE: the service of the app; needed.</summary>
    public string Service { get; init; } = "";

    /// <summary>MESH_VERSION: the version of the app; empty when versions are not told apart.</summary>
    public string Version { get; init; } = "";

    /// <summary>MESH_INSTANCE: unique among all sidecars; default service, version and process id.</summary>
    public string Instance { get; init; } = "";

    /// <summary>MESH_ZONE: where the instance runs, <c>zone</c> or <c>region/zone</c>; may be empty.</summary>
    public string Zone { get; init; } = "";

    /// <summary>MESH_WEIGHT: share of requests compared with the service's other instances, where a TrafficPolicy balances by weight; 1 (default) to 100.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>MESH_PROTOCOL: what the app speaks: http (default), http2, grpc, tcp (anything else, which is relayed as it is).</summary>
    public ClusterProtocol Protocol { get; init; } = ClusterProtocol.Http;

    /// <summary>MESH_APP_URL: the app; null for a sidecar that only calls, which opens no inbound listener.</summary>
    public Uri? AppUrl { get; init; }

    /// <summary>MESH_INBOUND_PORT: 0 (default) for any free port, as for the other two.</summary>
    public int InboundPort { get; init; }

    /// <summary>MESH_OUTBOUND_PORT.</summary>
    public int OutboundPort { get; init; }

    /// <summary>MESH_ADMIN_PORT.</summary>
    public int AdminPort { get; init; }

    /// <summary>MESH_CAPTURE_OUTBOUND_PORT: where iptables redirects what the app sends; null (not set) for no such listener, 0 for any free port.</summary>
    public int? CaptureOutboundPort { get; init; }

    /// <summary>MESH_CAPTURE_INBOUND_PORT: where iptables redirects what others send to the app; as above.</summary>
    public int? CaptureInboundPort { get; init; }

    /// <summary>MESH_CAPTURE_DETECT_MILLIS: how long a captured client may be silent before its server is asked whether it speaks first; 100 (default), 1 to 10000.</summary>
    public TimeSpan CaptureDetect { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>MESH_OUTBOUND_POLICY: ALLOW_ANY (default) or REGISTRY_ONLY, Istio's names: whether captured calls may go to whom the mesh does not know.</summary>
    public bool AllowsUnknown { get; init; } = true;

    /// <summary>MESH_ADVERTISE: the host by which other sidecars reach this one; default 127.0.0.1.</summary>
    public string Advertise { get; init; } = "127.0.0.1";

    /// <summary>MESH_BIND: address of the listeners; default 127.0.0.1.</summary>
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>MESH_GATEWAY: the Gateway resource whose listeners this process opens, in place of an outbound one; empty (default) for a sidecar. It is the service then, if MESH_SERVICE is not set.</summary>
    public string Gateway { get; init; } = "";

    /// <summary>MESH_GATEWAY_BIND: address of the gateway's listeners; default that of MESH_BIND.</summary>
    public IPAddress? GatewayBind { get; init; }

    /// <summary>MESH_GATEWAY_CERTIFICATES: directory with NAME/tls.crt and NAME/tls.key for every certificateRef; empty for none.</summary>
    public string GatewayCertificates { get; init; } = "";

    /// <summary>MESH_EXTERNAL_ROOTS: PEM file of the authorities that hosts outside the mesh are proved by; default the system's.</summary>
    public string ExternalRoots { get; init; } = "";

    /// <summary>MESH_CONTROL_URL: the control plane's gRPC listener; with <c>https://</c> it must prove itself by the token; null ("off") to run on the stored snapshot alone.</summary>
    public Uri? ControlUrl { get; init; } = new("http://127.0.0.1:4302");

    /// <summary>MESH_OTLP_URL: the collector's OTLP/gRPC listener; null ("off") to send no telemetry.</summary>
    public Uri? OtlpUrl { get; init; } = new("http://127.0.0.1:4317");

    /// <summary>MESH_TOKEN_FILE: file with the mesh token, or with a join token of the service; empty for none.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>MESH_MTLS: on (default) for a certificate and mutual TLS with every sidecar that can; off for plain text.</summary>
    public bool MutualTls { get; init; } = true;

    /// <summary>MESH_DATA_DIR: where the last good snapshot and the certificate with its key (mode 0600) are kept; empty to keep none.</summary>
    public string DataDirectory { get; init; } = "";

    /// <summary>MESH_ACCESS_LOG: lines on standard output for all requests (<c>json</c>), for failed ones (<c>errors</c>, default), or none (<c>off</c>).</summary>
    public AccessLogMode AccessLog { get; init; } = AccessLogMode.Errors;

    /// <summary>MESH_ACCESS_LOG_OTLP: log records to the collector for all requests (<c>all</c>), for failed ones (<c>errors</c>, default), or none (<c>off</c>).</summary>
    public AccessLogMode AccessLogRecords { get; init; } = AccessLogMode.Errors;

    /// <summary>MESH_MAX_RELAYS: connections that are relayed as bytes at one time, 1 to 1000000; 10000 (default). What comes beyond is closed.</summary>
    public int MaxRelays { get; init; } = 10_000;

    /// <summary>MESH_DRAIN_SECONDS: how long requests in flight may take after SIGTERM; default 10.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public ClientLimits Clients { get; init; } = new();

    /// <summary>No setting: the app is in this process (MeshInsight.Client) and answers what comes in by the inbound listener.</summary>
    public bool IsAppInProcess { get; init; }

    /// <summary>No setting: nobody calls by a listener, because the app calls from within this process.</summary>
    public bool CallsFromWithin { get; init; }

    /// <summary>Whoever may reach a gateway must not be taken for its app.</summary>
    public bool OpensOutbound => !CallsFromWithin && Gateway.Length == 0;

    /// <summary>A gateway's is for the sidecars that leave the mesh through it.</summary>
    public bool OpensInbound => AppUrl is not null || IsAppInProcess || Gateway.Length > 0;

    public Workload Self => new(Service, Version, Instance);

    /// <summary>Where this instance keeps something of its own; null where nothing is kept.</summary>
    public string? DataFile(string what, string extension) =>
        DataDirectory.Length == 0 ? null : Path.Combine(DataDirectory, $"{what}-{string.Concat(Instance.Select(FileCharacter))}.{extension}");

    private static char FileCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' ? c : '_';
}
