using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>A control plane as an operator would run it, without a store.</summary>
internal sealed class BenchControlPlane : IAsyncDisposable
{
    /// <summary>Sidecars join with it, and the API is called with it.</summary>
    public const string Token = "benchmark-token";

    private readonly ProgramProcess _process;

    private BenchControlPlane(ProgramProcess process, Uri api, IReadOnlyDictionary<string, string> sidecarSettings) => (_process, Api, SidecarSettings) = (process, api, sidecarSettings);

    public Uri Api { get; }

    /// <summary>With which a sidecar finds and joins it.</summary>
    public IReadOnlyDictionary<string, string> SidecarSettings { get; }

    public static async Task<BenchControlPlane> StartAsync(string directory, IReadOnlyDictionary<string, string>? settings = null)
    {
        string tokenFile = Path.Combine(directory, "token");
        await File.WriteAllTextAsync(tokenFile, Token + "\n");
        var process = ProgramProcess.Start(Repository.ProgramPath("ControlPlane"), new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
        {
            ["MESH_API_PORT"] = "0",
            ["MESH_GRPC_PORT"] = "0",
            ["MESH_DATA_DIR"] = Path.Combine(directory, "control"),
            ["MESH_TOKEN_FILE"] = tokenFile,
            ["MESH_CLICKHOUSE_URL"] = "",
        });
        var grpc = await process.ListeningAsync("grpc");
        return new(process, await process.ListeningAsync("api"), new Dictionary<string, string> { ["MESH_TOKEN_FILE"] = tokenFile, ["MESH_CONTROL_URL"] = grpc.ToString() });
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
