using MeshInsight.Benchmarks.Harness;
using MeshInsight.Benchmarks.Storage;
using MeshInsight.Portal.Tests.Browser;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Schema;
using MeshInsight.Testing;
using Microsoft.Playwright;

namespace MeshInsight.Benchmarks.Portal;

/// <summary>
/// What a person waits for: every page opened in a real Chromium, over the real portal, control plane and engine, until the last skeleton has given way to figures.
/// The range is the whole hour that holds the million spans.
/// </summary>
internal sealed class PortalPages : IBenchmark
{
    private const float PatienceMillis = 60_000;
    private const int Repeats = 5;
    private const double LimitMillis = 1000;

    /// <summary>Filling and looking take this long; the newest half minute, which the map shows, must have requests until the end.</summary>
    private static readonly TimeSpan s_measuring = TimeSpan.FromMinutes(3);

    public string Name => nameof(PortalPages);

    public string Summary => "every portal page on 1,000,000 spans of an hour, in Chromium, until all figures are there; none may take more than a second";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        using var directory = new TempDirectory();
        await using var engine = await ClickHouseProcess.StartAsync();
        using var client = new ClickHouseClient(ClickHouseOptions.Parse(engine.Url.ToString()));
        await new Migrator(client, TimeProvider.System).ApplyAsync();
        string trace = await StoredHour.FillAsync(new(client, TimeProvider.System), TimeProvider.System.GetUtcNow() + s_measuring - StoredHour.Length);
        await File.WriteAllTextAsync(directory.File("token"), "benchmark-token\n");
        var environment = new Dictionary<string, string>
        {
            ["MESH_API_PORT"] = "0",
            ["MESH_GRPC_PORT"] = "0",
            ["MESH_PORTAL_PORT"] = "0",
            ["MESH_DATA_DIR"] = directory.File("data"),
            ["MESH_TOKEN_FILE"] = directory.File("token"),
            ["MESH_CLICKHOUSE_URL"] = engine.Url.ToString(),
        };
        await using var control = ProgramProcess.Start(Repository.ProgramPath("ControlPlane"), environment);
        environment["MESH_API_URL"] = (await control.ListeningAsync("api")).ToString();
        await using var portal = ProgramProcess.Start(Repository.ProgramPath("Portal"), environment);
        var url = await portal.ListeningAsync("portal");
        await using var browser = await BrowserPage.OpenAsync(1440, 900, ColorScheme.Dark);
        browser.Page.SetDefaultTimeout(PatienceMillis);
        List<BenchmarkRow> rows = [];
        foreach (var (name, path, shown) in Pages(trace))
        {
            rows.Add(await MeasureAsync(browser.Page, name, new Uri(url, path), shown));
        }

        return rows;
    }

    /// <summary>Paths with something that is only there once the page has its figures.</summary>
    private static (string Name, string Path, string Shown)[] Pages(string trace) =>
    [
        ("overview", "?range=1h", "h2"), ("topology", "topology", ".map.ready a.node"), ("services", "services?range=1h", "td a"), ("service", "services/checkout?range=1h", "h2"),
        ("traces", "traces?range=1h", "td a"), ("traces of one operation", "traces?range=1h&service=payment&text=GET", "td a"), ("traces with errors", "traces?range=1h&errors=true", "td a"),
        ("trace", $"traces/{trace}", "a.line"), ("sampling", "sampling?range=1h", "td"),
    ];

    private static async Task<BenchmarkRow> MeasureAsync(IPage page, string name, Uri url, string shown)
    {
        double[] millis = new double[Repeats];
        double first = await OpenAsync(page, url, shown);
        for (int i = 0; i < Repeats; i++)
        {
            millis[i] = await OpenAsync(page, url, shown);
        }

        Array.Sort(millis);
        return new(
            name,
            0,
            [new("first time", first, "ms"), new("median", millis[Repeats / 2], "ms"), new("worst", millis[^1], "ms"), new("in time", Math.Max(first, millis[^1]) < LimitMillis ? 1 : 0, "")]);
    }

    private static async Task<double> OpenAsync(IPage page, Uri url, string shown)
    {
        long started = TimeProvider.System.GetTimestamp();
        await page.GotoAsync(url.ToString(), new() { WaitUntil = WaitUntilState.Commit });
        await page.Locator("main " + shown).First.WaitForAsync();
        await page.WaitForFunctionAsync("() => !document.querySelector('main .skeleton')");
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }
}
