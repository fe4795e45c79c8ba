using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>A control plane and two sidecars in a row as an operator would run them: joined, certified, mutual TLS between them.</summary>
internal sealed class BenchMesh : IAsyncDisposable
{
    private readonly ProgramProcess _control;

    private BenchMesh(ProgramProcess control, BenchSidecar callee, BenchSidecar caller) => (_control, Callee, Caller) = (control, callee, caller);

    public BenchSidecar Callee { get; }

    public BenchSidecar Caller { get; }

    public static async Task<BenchMesh> StartAsync(Uri app, string otlp, string directory, IReadOnlyDictionary<string, string> settings)
    {
        string token = Path.Combine(directory, "token");
        await File.WriteAllTextAsync(token, "benchmark-token\n");
        var control = ProgramProcess.Start(Repository.ProgramPath("ControlPlane"), new Dictionary<string, string>
        {
            ["MESH_API_PORT"] = "0",
            ["MESH_GRPC_PORT"] = "0",
            ["MESH_DATA_DIR"] = Path.Combine(directory, "control"),
            ["MESH_TOKEN_FILE"] = token,
            ["MESH_CLICKHOUSE_URL"] = "",
        });
        var environment = new Dictionary<string, string>(settings) { ["MESH_TOKEN_FILE"] = token, ["MESH_CONTROL_URL"] = (await control.ListeningAsync("grpc")).ToString() };
        var callee = await BenchSidecar.StartAsync("upstream", app, otlp, directory, null, environment);
        var caller = await BenchSidecar.StartAsync("caller", null, otlp, directory, null, environment);
        var mesh = new BenchMesh(control, callee, caller);
        try
        {
            await mesh.WaitAsync();
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Caller.DisposeAsync();
        await Callee.DisposeAsync();
        await _control.DisposeAsync();
    }

    /// <summary>Until a call comes back whose two sidecars know each other.</summary>
    private async Task WaitAsync()
    {
        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await Callee.MetricsPageAsync()).Contains("connection_security_policy=\"mutual_tls\"", StringComparison.Ordinal))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Caller.Outbound) { Headers = { Host = "upstream.mesh" } };
            (await http.SendAsync(request, limit.Token)).Dispose();
        }
    }
}
