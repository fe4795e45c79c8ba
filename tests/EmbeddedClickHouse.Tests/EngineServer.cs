using MeshInsight.Testing;

namespace MeshInsight.EmbeddedClickHouse.Tests;

/// <summary>One start of the program on a data directory that may outlive it.</summary>
internal sealed class EngineServer : IAsyncDisposable
{
    private EngineServer(ProgramProcess process, Uri url)
    {
        Process = process;
        Client = new Caller(url);
    }

    public ProgramProcess Process { get; }

    public Caller Client { get; }

    public static ProgramProcess Launch(string directory, params (string Name, string Value)[] environment)
    {
        var variables = new Dictionary<string, string> { ["MESH_CLICKHOUSE_PORT"] = "0", ["MESH_DATA_DIR"] = directory };
        foreach (var (name, value) in environment)
        {
            variables[name] = value;
        }

        return ProgramProcess.Start(Repository.ProgramPath("EmbeddedClickHouse"), variables);
    }

    public static async Task<EngineServer> StartAsync(string directory)
    {
        var process = Launch(directory);
        return new EngineServer(process, await process.ListeningAsync("clickhouse"));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Process.DisposeAsync();
    }
}
