using System.Globalization;
using System.Net;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Identity;
using MeshInsight.Storage.Client;

namespace MeshInsight.ControlPlane;

/// <summary>Process settings, from the environment (docs/architecture.md).</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>REST; 0 lets the system choose. <c>MESH_API_PORT</c>.</summary>
    public int ApiPort { get; init; } = MeshPorts.DefaultBase + MeshPorts.ControlApi;

    /// <summary>gRPC within TLS; 0 lets the system choose, null (default) for no such listener. <c>MESH_GRPC_TLS_PORT</c>.</summary>
    public int? GrpcTlsPort { get; init; }

    /// <summary>gRPC over clear-text HTTP/2; 0 lets the system choose, null for no such listener. <c>MESH_GRPC_PORT</c>, <c>off</c> for null.</summary>
    public int? GrpcPort { get; init; } = MeshPorts.DefaultBase + MeshPorts.ControlGrpc;

    /// <summary><c>MESH_BIND</c>.</summary>
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>Watched YAML; null for none. <c>MESH_RESOURCES_DIR</c>.</summary>
    public string? ResourcesDirectory { get; init; }

    /// <summary>Where key sets lie that resources may name; null: none may be named. <c>MESH_JWKS_DIR</c>.</summary>
    public string? JwksDirectory { get; init; }

    /// <summary>Applied resources, registry, rollouts, decisions. <c>MESH_DATA_DIR</c>.</summary>
    public string DataDirectory { get; init; } = Path.Combine("data", "control-plane");

    /// <summary>History of decisions, incidents and revisions. <c>MESH_CLICKHOUSE_URL</c> and its companions; null when that is set but empty, which switches it off.</summary>
    public ClickHouseOptions? ClickHouse { get; init; } = ClickHouseOptions.Parse(ClickHouseOptions.DefaultUrl);

    /// <summary>Created with mode 0600 when it does not exist. <c>MESH_TOKEN_FILE</c>; null: <c>token</c> in the data directory.</summary>
    public string? TokenFile { get; init; }

    /// <summary>How long a silent sidecar stays an endpoint; 1 s to 1 min. <c>MESH_LEASE_MILLIS</c>.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After a restart: how long instances known before stay endpoints without being heard. <c>MESH_RESTART_GRACE_MILLIS</c>.</summary>
    public TimeSpan RestartGrace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>First part of every identity; lower-case letters, digits, ".", "-", "_". <c>MESH_TRUST_DOMAIN</c>.</summary>
    public string TrustDomain { get; init; } = "mesh.local";

    /// <summary>How long a sidecar's certificate lives; 10 s to 90 days. Sidecars renew at half of it. <c>MESH_CERT_SECONDS</c>.</summary>
    public TimeSpan CertificateLife { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Signing certificate that someone else manages; null: the control plane makes its own. <c>MESH_CA_CERT_FILE</c> and its companions.</summary>
    public ExternalAuthorityFiles? ExternalAuthority { get; init; }

    public string TokenPath => TokenFile ?? Path.Combine(DataDirectory, "token");

    /// <summary>Reads the environment; every problem is listed, each with what is allowed.</summary>
    public static (ControlPlaneOptions Options, IReadOnlyList<string> Problems) FromEnvironment(Func<string, string?> variable)
    {
        var problems = new List<string>();
        var defaults = new ControlPlaneOptions();
        var options = new ControlPlaneOptions
        {
            ApiPort = Integer("MESH_API_PORT", 0, 65535, defaults.ApiPort),
            GrpcPort = Text("MESH_GRPC_PORT") == "off" ? null : Integer("MESH_GRPC_PORT", 0, 65535, MeshPorts.DefaultBase + MeshPorts.ControlGrpc),
            GrpcTlsPort = Text("MESH_GRPC_TLS_PORT") is null ? null : Integer("MESH_GRPC_TLS_PORT", 0, 65535, 0),
            Bind = Address(variable(MeshEnvironment.BindAddress), defaults.Bind, problems),
            ResourcesDirectory = Text("MESH_RESOURCES_DIR"),
            JwksDirectory = Text("MESH_JWKS_DIR"),
            DataDirectory = Text(MeshEnvironment.DataDirectory) ?? defaults.DataDirectory,
            ClickHouse = History(variable, problems),
            TokenFile = Text(MeshEnvironment.TokenFile),
            Lease = TimeSpan.FromMilliseconds(Integer("MESH_LEASE_MILLIS", 1000, 60_000, (int)defaults.Lease.TotalMilliseconds)),
            TrustDomain = Text("MESH_TRUST_DOMAIN") ?? defaults.TrustDomain,
            CertificateLife = TimeSpan.FromSeconds(Integer("MESH_CERT_SECONDS", 10, 90 * 86_400, (int)defaults.CertificateLife.TotalSeconds)),
            ExternalAuthority = Authority(Text("MESH_CA_CERT_FILE"), Text("MESH_CA_KEY_FILE"), Text("MESH_CA_ROOTS_FILE"), problems),
            RestartGrace = TimeSpan.FromMilliseconds(Integer("MESH_RESTART_GRACE_MILLIS", 0, 600_000, (int)defaults.RestartGrace.TotalMilliseconds)),
        };
        if (options.GrpcPort is null && options.GrpcTlsPort is null)
        {
            problems.Add("MESH_GRPC_PORT is \"off\" and MESH_GRPC_TLS_PORT is not set; sidecars need one of them.");
        }

        if (SpiffeId.TrustDomainProblem(options.TrustDomain) is { Length: > 0 } problem)
        {
            problems.Add($"MESH_TRUST_DOMAIN: {problem}");
        }

        return (options, problems);

        string? Text(string name) => variable(name) is { Length: > 0 } value ? value : null;

        int Integer(string name, int minimum, int maximum, int fallback)
        {
            if (Text(name) is not { } text)
            {
                return fallback;
            }

            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= minimum && value <= maximum)
            {
                return value;
            }

            problems.Add($"{name} is \"{text}\"; it must be a whole number from {minimum} to {maximum}.");
            return fallback;
        }
    }

    private static ExternalAuthorityFiles? Authority(string? certificate, string? key, string? roots, List<string> problems)
    {
        if (certificate is not null && key is not null && roots is not null)
        {
            return new(certificate, key, roots);
        }

        if (certificate is not null || key is not null || roots is not null)
        {
            problems.Add("An external certificate authority needs MESH_CA_CERT_FILE, MESH_CA_KEY_FILE and MESH_CA_ROOTS_FILE, all three.");
        }

        return null;
    }

    private static IPAddress Address(string? text, IPAddress fallback, List<string> problems)
    {
        if (string.IsNullOrEmpty(text))
        {
            return fallback;
        }

        if (IPAddress.TryParse(text == "localhost" ? "127.0.0.1" : text, out var address))
        {
            return address;
        }

        problems.Add($"{MeshEnvironment.BindAddress} is \"{text}\"; it must be an IP address such as 127.0.0.1 or 0.0.0.0.");
        return fallback;
    }

    private static ClickHouseOptions? History(Func<string, string?> variable, List<string> problems)
    {
        if (variable(MeshEnvironment.ClickHouseUrl) is { Length: 0 })
        {
            return null;
        }

        try
        {
            return ClickHouseOptions.Read(variable);
        }
        catch (FormatException error)
        {
            problems.Add(error.Message);
            return null;
        }
    }
}
