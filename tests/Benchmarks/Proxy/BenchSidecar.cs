using System.Globalization;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Snapshots;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>A sidecar as a process of its own, routing by a stored snapshot.</summary>
internal sealed class BenchSidecar : IAsyncDisposable
{
    private static readonly HttpClient Http = new();

    private readonly ProgramProcess _process;
    private readonly Uri _admin;

    private BenchSidecar(ProgramProcess process, Uri inbound, Uri outbound, Uri admin)
    {
        _process = process;
        Inbound = inbound;
        Outbound = outbound;
        _admin = admin;
    }

    public Uri Inbound { get; }

    public Uri Outbound { get; }

    public int ProcessId => _process.Id;

    public static async Task<BenchSidecar> StartAsync(string name, Uri? app, string otlp, string directory, Snapshot? snapshot, IReadOnlyDictionary<string, string>? settings = null)
    {
        if (snapshot is not null)
        {
            new SnapshotFile(Path.Combine(directory, $"snapshot-{name}.pb")).Write(snapshot);
        }

        var environment = new Dictionary<string, string>
        {
            ["MESH_SERVICE"] = name,
            ["MESH_INSTANCE"] = name,
            ["MESH_APP_URL"] = app?.ToString() ?? "",
            ["MESH_CONTROL_URL"] = "off",
            ["MESH_OTLP_URL"] = otlp,
            ["MESH_DATA_DIR"] = directory,
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string>())
        {
            environment[key] = value;
        }

        var process = ProgramProcess.Start(Repository.ProgramPath("Proxy"), environment);
        var outbound = await process.ListeningAsync("outbound");
        return new(process, app is null ? outbound : await process.ListeningAsync("inbound"), outbound, await process.ListeningAsync("admin"));
    }

    public Task<string> MetricsPageAsync() => Http.GetStringAsync(new Uri(_admin, "/metrics"));

    /// <summary>A metric without labels.</summary>
    public async Task<double> MetricAsync(string name)
    {
        string line = (await MetricsPageAsync()).Split('\n').First(l => l.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
