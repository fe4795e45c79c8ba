namespace MeshInsight.Contracts.Mesh;

/// <summary>Environment variables that the programs share. Each program documents its own in its README section.</summary>
public static class MeshEnvironment
{
    /// <summary>ClickHouse HTTP interface; default <c>http://127.0.0.1:8123</c>.</summary>
    public const string ClickHouseUrl = "MESH_CLICKHOUSE_URL";

    /// <summary>OTLP/gRPC endpoint of the collector; default <c>http://127.0.0.1:4317</c>.</summary>
    public const string OtlpUrl = "MESH_OTLP_URL";

    /// <summary>Control plane for sidecars and collectors (gRPC, h2c); default <c>http://127.0.0.1:4302</c>.</summary>
    public const string ControlUrl = "MESH_CONTROL_URL";

    /// <summary>Control plane for people (REST); default <c>http://127.0.0.1:4301</c>.</summary>
    public const string ApiUrl = "MESH_API_URL";

    /// <summary>File with the mesh token, mode 0600. Whatever changes state presents it as <c>Authorization: Bearer</c>.</summary>
    public const string TokenFile = "MESH_TOKEN_FILE";

    /// <summary>Where a program keeps its state.</summary>
    public const string DataDirectory = "MESH_DATA_DIR";

    /// <summary>Address the program's listeners bind to; default <c>127.0.0.1</c>.</summary>
    public const string BindAddress = "MESH_BIND";
}
