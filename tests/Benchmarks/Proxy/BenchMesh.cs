namespace MeshInsight.Benchmarks.Proxy;

/// <summary>A control plane and two sidecars in a row as an operator would run them: joined, certified, mutual TLS between them.</summary>
internal sealed class BenchMesh : IAsyncDisposable
{
    private readonly BenchControlPlane _control;

    private BenchMesh(BenchControlPlane control, BenchSidecar callee, BenchSidecar caller) => (_control, Callee, Caller) = (control, callee, caller);

    public BenchSidecar Callee { get; }

    public BenchSidecar Caller { get; }

    public static async Task<BenchMesh> StartAsync(Uri app, string otlp, string directory, IReadOnlyDictionary<string, string> settings)
    {
        var control = await BenchControlPlane.StartAsync(directory);
        var environment = new Dictionary<string, string>(settings.Concat(control.SidecarSettings));
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
