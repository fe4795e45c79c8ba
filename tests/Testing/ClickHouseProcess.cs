namespace MeshInsight.Testing;

/// <summary>A real EmbeddedClickHouse with a data directory of its own. The test project needs a build-only reference to src/EmbeddedClickHouse.</summary>
public sealed class ClickHouseProcess : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private ProgramProcess _process = null!;

    public Uri Url { get; private set; } = null!;

    public int ProcessId => _process.Id;

    public static async Task<ClickHouseProcess> StartAsync()
    {
        var server = new ClickHouseProcess();
        server._process = ProgramProcess.Start(
            Repository.ProgramPath("EmbeddedClickHouse"),
            new Dictionary<string, string> { ["MESH_CLICKHOUSE_PORT"] = "0", ["MESH_DATA_DIR"] = server._directory.Path });
        server.Url = await server._process.ListeningAsync("clickhouse");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _directory.Dispose();
    }
}
