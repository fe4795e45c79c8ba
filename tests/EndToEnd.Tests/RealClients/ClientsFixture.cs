using System.Text;
using System.Text.Json;
using MeshInsight.Testing;
using OpenTelemetry.Exporter;

namespace MeshInsight.EndToEnd.Tests.RealClients;

/// <summary>
/// A collector and an engine as processes; every client sends once; then the collector is ended as an operator would. So all it acknowledged is in the
/// database when the tests read, without waiting for anything.
/// </summary>
public sealed class ClientsFixture : IAsyncLifetime
{
    public const string DotNetGrpc = "dotnet-grpc";
    public const string DotNetHttp = "dotnet-http";
    public const string NodeGrpc = "node-grpc";
    public const string NodeProtobuf = "node-http-protobuf";
    public const string NodeJson = "node-http-json";

    private const int MaxRuns = 5;

    private static readonly HttpClient s_http = new();

    private readonly Dictionary<string, SentIds> _sent = [];
    private ClickHouseProcess _clickHouse = null!;

    public async Task InitializeAsync()
    {
        _clickHouse = await ClickHouseProcess.StartAsync();
        using var directory = new TempDirectory();
        await RunCollectorAsync(directory, SendAllAsync);

        // On a busy machine ClickHouse may not have taken everything in the time a collector has for ending; the next one finds the rest in the spool.
        for (int run = 1; IsAnythingLeft(directory); run++)
        {
            Assert.True(run <= MaxRuns, $"The spool is not empty after {MaxRuns} more runs of the collector.");
            await RunCollectorAsync(directory, _ => Task.CompletedTask);
        }
    }

    public Task DisposeAsync() => _clickHouse.DisposeAsync().AsTask();

    /// <summary>The rows of a query as JSON objects.</summary>
    internal async Task<IReadOnlyList<JsonElement>> RowsAsync(string sql)
    {
        using var content = new StringContent(sql + " FORMAT JSONEachRow", Encoding.UTF8);
        var address = new Uri(_clickHouse.Url, "/?database=meshinsight&output_format_json_quote_64bit_integers=0&wait_end_of_query=1");
        using var response = await s_http.PostAsync(address, content);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    internal SentIds Sent(string client) => _sent[client];

    private static bool IsAnythingLeft(TempDirectory directory) => Directory.GetFiles(directory.Path, "*", SearchOption.AllDirectories).Length > 0;

    private async Task RunCollectorAsync(TempDirectory directory, Func<ProgramProcess, Task> use)
    {
        await using var collector = ProgramProcess.Start(
            Repository.ProgramPath("Collector"),
            new Dictionary<string, string>
            {
                ["MESH_OTLP_GRPC_PORT"] = "0",
                ["MESH_OTLP_HTTP_PORT"] = "0",
                ["MESH_ADMIN_PORT"] = "0",
                ["MESH_CLICKHOUSE_URL"] = _clickHouse.Url.ToString(),
                ["MESH_DATA_DIR"] = directory.Path,
            });
        await collector.ListeningAsync("admin");
        await use(collector);
        int exitCode = await collector.TerminateAsync();
        Assert.True(exitCode == 0, $"The collector ended with {exitCode}.\n{collector.Output}");
    }

    private async Task SendAllAsync(ProgramProcess collector)
    {
        var grpc = await collector.ListeningAsync("otlp-grpc");
        var http = await collector.ListeningAsync("otlp-http");
        _sent[DotNetGrpc] = new DotNetClient(DotNetGrpc, OtlpExportProtocol.Grpc, grpc).Send();
        _sent[DotNetHttp] = new DotNetClient(DotNetHttp, OtlpExportProtocol.HttpProtobuf, http).Send();
        _sent[NodeGrpc] = await SendFromNodeAsync("grpc", grpc, NodeGrpc);
        _sent[NodeProtobuf] = await SendFromNodeAsync("http/protobuf", http, NodeProtobuf);
        _sent[NodeJson] = await SendFromNodeAsync("http/json", http, NodeJson);
    }

    private static async Task<SentIds> SendFromNodeAsync(string protocol, Uri endpoint, string service) =>
        JsonSerializer.Deserialize<SentIds>(await NodeScript.RunAsync("otlp/export.js", protocol, endpoint.ToString(), service), JsonSerializerOptions.Web)!;
}
