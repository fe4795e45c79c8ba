using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshInsight.Testing;

namespace MeshInsight.Collector.Tests;

[Collection(nameof(ClickHouseFixture))]
public sealed class ProgramTests(ClickHouseFixture clickHouse)
{
    private static ProgramProcess Start(string directory, Uri? database = null, params (string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string>
        {
            ["MESH_OTLP_GRPC_PORT"] = "0",
            ["MESH_OTLP_HTTP_PORT"] = "0",
            ["MESH_ADMIN_PORT"] = "0",
            ["MESH_DATA_DIR"] = directory,
            ["MESH_CLICKHOUSE_URL"] = (database ?? RunningCollector.Nowhere).ToString(),
            ["MESH_CONTROL_URL"] = RunningCollector.Nowhere.ToString(),
        };
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        return ProgramProcess.Start(Repository.ProgramPath("Collector"), environment);
    }

    private static async Task SendAsync(ProgramProcess program, int spans)
    {
        using var http = new HttpClient { BaseAddress = await program.ListeningAsync("otlp-http") };
        using var content = new ByteArrayContent(SpanSpec.Request(Enumerable.Range(1, spans).Select(i => new SpanSpec("shop")
        {
            Trace = (ulong)i,
            Id = (ulong)i,
            End = TimeProvider.System.GetUtcNow(),
        })));
        content.Headers.ContentType = new("application/x-protobuf");
        using var response = await http.PostAsync("/v1/traces", content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Terminate_StoresWhatWasAcknowledgedAMomentAgo()
    {
        var database = clickHouse.NewDatabase();
        using var directory = new TempDirectory();
        await using var program = Start(directory.Path, database);
        var admin = await program.ListeningAsync("admin");
        using var http = new HttpClient();
        await Waiting.UntilAsync("ready", async () => (await http.GetAsync(new Uri(admin, "/readyz"))).IsSuccessStatusCode);

        await SendAsync(program, 20);
        Assert.Equal(0, await program.TerminateAsync());

        Assert.Equal(20, await Ask.CountAsync(database, "SELECT sum(Requests) FROM mesh_red"));
        Assert.Equal(20, await Ask.CountAsync(database, "SELECT count() FROM otel_traces"));
    }

    [Fact]
    public async Task Terminate_WhileClickHouseIsAway_EndsCleanlyWithEverythingInTheSpool()
    {
        using var directory = new TempDirectory();
        await using var program = Start(directory.Path);

        await SendAsync(program, 20);
        Assert.Equal(0, await program.TerminateAsync());

        var blocks = Directory.GetFiles(directory.File("spool")).Select(Path.GetFileName).Select(name => name!.Split('-', '.')[1]).Order();
        Assert.Equal(["mesh_red", "mesh_traces", "otel_traces"], blocks);
    }

    [Fact]
    public async Task Admin_AnswersHealthReadinessAndMetrics()
    {
        using var directory = new TempDirectory();
        await using var program = Start(directory.Path);
        await SendAsync(program, 7);
        using var http = new HttpClient { BaseAddress = await program.ListeningAsync("admin") };

        using var healthy = await http.GetAsync("/healthz");
        using var ready = await http.GetAsync("/readyz");
        using var metrics = await http.GetAsync("/metrics");

        string text = await metrics.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, healthy.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("ClickHouse", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("mesh_collector_received_total{signal=\"traces\"} 7\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE mesh_collector_queue_bytes gauge\n", text, StringComparison.Ordinal);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", metrics.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Port_Taken_EndsWithOneLineAndCode3()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        using var directory = new TempDirectory();
        await using var program = Start(directory.Path, null, ("MESH_OTLP_HTTP_PORT", port));

        Assert.Equal(3, await program.WaitForExitAsync());
        Assert.Contains($"Port {port} on 127.0.0.1 is taken; the collector wants it for otlp-http. Set MESH_OTLP_HTTP_PORT", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_Wrong_AreAllNamedAtOnce()
    {
        using var directory = new TempDirectory();
        await using var program = Start(
            directory.Path, null, ("MESH_ADMIN_PORT", "http"), ("MESH_BIND", "everywhere"), ("MESH_CONTROL_URL", "control"), ("MESH_TRACES_PER_SECOND", "-1"), ("MESH_CLICKHOUSE_URL", "ftp://x"));

        Assert.Equal(2, await program.WaitForExitAsync());
        Assert.All(
            ["MESH_ADMIN_PORT is \"http\"", "MESH_BIND is \"everywhere\"", "MESH_CONTROL_URL is \"control\"", "MESH_TRACES_PER_SECOND is \"-1\"", "MESH_CLICKHOUSE_URL is not"],
            (string problem) => Assert.Contains(problem, program.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task DataDirectory_ThatCannotBeUsed_IsNamed()
    {
        using var directory = new TempDirectory();
        await File.WriteAllTextAsync(directory.File("file"), "in the way", Encoding.UTF8);
        await using var program = Start(directory.File("file"));

        Assert.Equal(2, await program.WaitForExitAsync());
        Assert.Contains("MESH_DATA_DIR", program.Output, StringComparison.Ordinal);
    }
}
