using MeshInsight.Benchmarks.Proxy.Peers;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Snapshots;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>A gateway as a process of its own, with one HTTPS listener before an app, routing by a stored snapshot.</summary>
internal sealed class BenchGateway : IAsyncDisposable
{
    private const string Name = "edge";

    private readonly ProgramProcess _process;

    private BenchGateway(ProgramProcess process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    public int ProcessId => _process.Id;

    public static async Task<BenchGateway> StartAsync(Uri app, string otlp, string directory, BenchCertificates certificates, IReadOnlyDictionary<string, string> settings)
    {
        string shown = Directory.CreateDirectory(Path.Combine(directory, "shown", "bench")).FullName;
        File.Copy(certificates.Leaf, Path.Combine(shown, "tls.crt"), overwrite: true);
        File.Copy(certificates.Key, Path.Combine(shown, "tls.key"), overwrite: true);
        int port = FreePorts.One();
        new SnapshotFile(Path.Combine(directory, $"snapshot-{Name}.pb")).Write(Snapshot(app, port));
        var process = ProgramProcess.Start(Repository.ProgramPath("Proxy"), new Dictionary<string, string>(settings)
        {
            ["MESH_SERVICE"] = Name,
            ["MESH_INSTANCE"] = Name,
            ["MESH_GATEWAY"] = Name,
            ["MESH_GATEWAY_CERTIFICATES"] = Path.GetDirectoryName(shown)!,
            ["MESH_CONTROL_URL"] = "off",
            ["MESH_OTLP_URL"] = otlp,
            ["MESH_DATA_DIR"] = directory,
        });
        var admin = await process.ListeningAsync("admin");
        using var http = new HttpClient();
        await Eventually.GetAsync(() => http.GetAsync(new Uri(admin, "/readyz")), ready => ready.IsSuccessStatusCode);
        return new(process, new($"https://127.0.0.1:{port}/"));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static Snapshot Snapshot(Uri app, int port)
    {
        var route = new Route { Name = "upstream", Service = "upstream", Clusters = { new WeightedCluster { Cluster = "upstream", Weight = 1 } } };
        return new()
        {
            Version = 1,
            Epoch = "bench",
            Clusters = { new Cluster { Name = "upstream", Service = "upstream", Endpoints = { new Endpoint { InstanceId = "u1", Address = app.Authority, KeepPercent = 100 } } } },
            Gateways =
            {
                new Gateway
                {
                    Name = Name,
                    Listeners = { new GatewayListener { Name = "shop", Port = port, Protocol = GatewayListener.Types.Protocol.Https, Certificates = { "bench" }, Hosts = { new HostRoutes { Routes = { route } } } } },
                },
            },
        };
    }
}
