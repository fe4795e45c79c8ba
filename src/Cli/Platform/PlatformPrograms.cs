using System.Globalization;
using MeshInsight.Cli.Layout;
using MeshInsight.Cli.Supervision;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Cli.Platform;

/// <summary>The platform's programs with their settings (docs/architecture.md).</summary>
/// <param name="demo">Whether state is kept apart from what <c>up</c> keeps.</param>
internal sealed class PlatformPrograms(MeshLayout layout, bool demo)
{
    /// <summary>Set when the store is not ours to start: a ClickHouse server somewhere.</summary>
    public string? ForeignClickHouse { get; init; } = Environment.GetEnvironmentVariable(MeshEnvironment.ClickHouseUrl);

    public Uri ClickHouseUrl => string.IsNullOrEmpty(ForeignClickHouse) ? layout.Url(MeshPorts.ClickHouse) : new Uri(ForeignClickHouse);

    public IReadOnlyList<PortClaim> Ports()
    {
        var claims = new List<PortClaim>
        {
            new(layout.Port(MeshPorts.Portal), "the portal"),
            new(layout.Port(MeshPorts.ControlApi), "the control plane's API"),
            new(layout.Port(MeshPorts.ControlGrpc), "the control plane's gRPC listener"),
            new(layout.Port(MeshPorts.OtlpGrpc), "the collector's OTLP/gRPC receiver"),
            new(layout.Port(MeshPorts.OtlpHttp), "the collector's OTLP/HTTP receiver"),
            new(layout.Port(MeshPorts.CollectorAdmin), "the collector's admin listener"),
        };
        if (string.IsNullOrEmpty(ForeignClickHouse))
        {
            claims.Add(new(layout.Port(MeshPorts.ClickHouse), "the embedded ClickHouse"));
        }

        return claims;
    }

    public ChildSpec ClickHouse() => Spec("clickhouse", "EmbeddedClickHouse", StopRanks.Store, new()
    {
        ["MESH_CLICKHOUSE_PORT"] = Port(MeshPorts.ClickHouse),
    });

    public ChildSpec ControlPlane() => Spec("control-plane", "ControlPlane", StopRanks.Platform, new()
    {
        ["MESH_API_PORT"] = Port(MeshPorts.ControlApi),
        ["MESH_GRPC_PORT"] = Port(MeshPorts.ControlGrpc),
        ["MESH_RESOURCES_DIR"] = demo ? Path.Combine(layout.DemoDirectory, "resources") : layout.ResourcesDirectory,
    });

    public ChildSpec Collector() => Spec("collector", "Collector", StopRanks.Platform, new()
    {
        ["MESH_OTLP_GRPC_PORT"] = Port(MeshPorts.OtlpGrpc),
        ["MESH_OTLP_HTTP_PORT"] = Port(MeshPorts.OtlpHttp),
        ["MESH_ADMIN_PORT"] = Port(MeshPorts.CollectorAdmin),
        [MeshEnvironment.ControlUrl] = Text(layout.Url(MeshPorts.ControlGrpc)),
    });

    public ChildSpec Portal() => Spec("portal", "Portal", StopRanks.Platform, new()
    {
        ["MESH_PORTAL_PORT"] = Port(MeshPorts.Portal),
        [MeshEnvironment.ApiUrl] = Text(layout.Url(MeshPorts.ControlApi)),
        ["MESH_COLLECTOR_URL"] = Text(layout.Url(MeshPorts.CollectorAdmin)),
    });

    public ChildSpec Sidecar(SidecarPlan plan)
    {
        var environment = new Dictionary<string, string>(RuntimeSettings.Small)
        {
            // A sidecar believes the mesh's roots only; reading the machine's costs a quarter of a CPU second (docs/decisions/0110).
            ["SSL_CERT_FILE"] = "/dev/null",
            ["SSL_CERT_DIR"] = "/nonexistent",
            ["MESH_SERVICE"] = plan.Service,
            ["MESH_VERSION"] = plan.Version,
            ["MESH_INSTANCE"] = plan.Instance,
            ["MESH_PROTOCOL"] = plan.Protocol,
            ["MESH_APP_URL"] = $"http://127.0.0.1:{Number(plan.AppPort)}",
            ["MESH_INBOUND_PORT"] = Number(plan.InboundPort),
            ["MESH_OUTBOUND_PORT"] = Number(plan.OutboundPort),
            ["MESH_ADMIN_PORT"] = Number(plan.AdminPort),
            [MeshEnvironment.ControlUrl] = Text(layout.Url(MeshPorts.ControlGrpc)),
            [MeshEnvironment.OtlpUrl] = Text(layout.Url(MeshPorts.OtlpGrpc)),
        };
        return Spec("sidecar-" + plan.Instance, "Proxy", StopRanks.Sidecars, environment);
    }

    private ChildSpec Spec(string name, string project, int stopRank, Dictionary<string, string> environment)
    {
        environment[MeshEnvironment.TokenFile] = layout.TokenPath;
        environment[MeshEnvironment.DataDirectory] = layout.DataDirectory(name, demo);
        environment[MeshEnvironment.ClickHouseUrl] = Text(ClickHouseUrl);
        Directory.CreateDirectory(environment[MeshEnvironment.DataDirectory]);
        return new ChildSpec(name, MeshLayout.ProgramPath(project), [], environment, stopRank);
    }

    private string Port(int offset) => Number(layout.Port(offset));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(Uri url) => url.ToString().TrimEnd('/');
}
