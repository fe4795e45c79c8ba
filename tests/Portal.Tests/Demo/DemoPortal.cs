using MeshInsight.Storage;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Schema;
using MeshInsight.Testing;

namespace MeshInsight.Portal.Tests.Demo;

/// <summary>The real portal program over a fake control plane and a real ClickHouse that holds a quarter of an hour of the shop, and some minutes to come.</summary>
internal sealed class DemoPortal : IAsyncDisposable
{
    public const string Token = "demo-token-5b1f";

    private readonly TempDirectory _directory = new();
    private readonly List<IAsyncDisposable> _parts = [];

    public Uri Url { get; private set; } = null!;

    public FakeControlPlane Control { get; private set; } = null!;

    public DemoMesh Mesh { get; private set; } = null!;

    public DemoTraces Traces { get; private set; } = null!;

    public static async Task<DemoPortal> StartAsync()
    {
        var portal = new DemoPortal();
        try
        {
            await portal.StartPartsAsync();
            return portal;
        }
        catch
        {
            await portal.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task StartPartsAsync()
    {
        var clickHouse = await ClickHouseProcess.StartAsync();
        _parts.Add(clickHouse);
        Mesh = new DemoMesh(TimeProvider.System.GetUtcNow().AddSeconds(14));
        await FillAsync(clickHouse.Url);
        Control = await FakeControlPlane.StartAsync();
        _parts.Add(Control);
        Control.Status = Control.Status with { StartedAt = Mesh.Now.AddHours(-3) };
        Control.Instances = DemoRecords.Instances(Mesh);
        Control.Services = DemoRecords.Services();
        Control.Resources = DemoRecords.Resources();
        Control.Rollouts = [DemoRecords.RolledBack(Mesh), DemoRecords.UnderWay(Mesh)];
        Control.Decisions = DemoRecords.Decisions(Mesh);
        Control.Incidents = [DemoRecords.Incident(Mesh, Traces.Failing.ToString())];
        await File.WriteAllTextAsync(_directory.File("token"), Token + "\n");
        var program = ProgramProcess.Start(Repository.ProgramPath("Portal"), new Dictionary<string, string>
        {
            ["MESH_PORTAL_PORT"] = "0",
            ["MESH_API_URL"] = Control.Url.ToString(),
            ["MESH_COLLECTOR_URL"] = Control.Url.ToString(),
            ["MESH_CLICKHOUSE_URL"] = clickHouse.Url.ToString(),
            ["MESH_TOKEN_FILE"] = _directory.File("token"),
        });
        _parts.Add(program);
        Url = await program.ListeningAsync("portal");
    }

    private async Task FillAsync(Uri clickHouse)
    {
        using var client = new ClickHouseClient(ClickHouseOptions.Parse(clickHouse.ToString()));
        await new Migrator(client, TimeProvider.System).ApplyAsync();
        var store = new TelemetryStore(client, TimeProvider.System);
        await new DemoSeries(Mesh, 11).WriteAsync(store, Mesh.Now.AddMinutes(-16), Mesh.Now.AddMinutes(4));
        Traces = new DemoTraces(Mesh, 12);
        await Traces.WriteAsync(store, Mesh.Now.AddMinutes(-15), Mesh.Now.AddMinutes(3), 420);
    }
}
