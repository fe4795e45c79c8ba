using System.Globalization;
using System.Text;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy.Accept;
using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests;

/// <summary>From a request to the rows that tell of it: sidecars, the collector's program and the embedded ClickHouse.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class StoredTelemetryTests(EchoMesh mesh) : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly HttpClient _http = new();
    private ClickHouseProcess _clickHouse = null!;
    private ProgramProcess _collector = null!;

    public async Task InitializeAsync()
    {
        _clickHouse = await ClickHouseProcess.StartAsync();
        _collector = ProgramProcess.Start(Repository.ProgramPath("Collector"), new Dictionary<string, string>
        {
            ["MESH_OTLP_GRPC_PORT"] = "0",
            ["MESH_OTLP_HTTP_PORT"] = "0",
            ["MESH_ADMIN_PORT"] = "0",
            ["MESH_DATA_DIR"] = _directory.Path,
            ["MESH_CLICKHOUSE_URL"] = _clickHouse.Url.ToString(),
            ["MESH_CONTROL_URL"] = mesh.ControlUrl.ToString(),
            ["MESH_TOKEN_FILE"] = mesh.TokenFile,
        });
        var admin = await _collector.ListeningAsync("admin");
        await Eventually.GetAsync(() => _http.GetAsync(new Uri(admin, "/readyz")), a => a.IsSuccessStatusCode);
    }

    public async Task DisposeAsync()
    {
        await _collector.DisposeAsync();
        await _clickHouse.DisposeAsync();
    }

    public void Dispose()
    {
        _http.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Exemplars_OfASidecarsHistograms_LeadFromTheirRowsToTheStoredTraces()
    {
        var otlp = await _collector.ListeningAsync("otlp-grpc");
        var caller = await mesh.StartAsync(o => o with { Service = "stored", Version = "v1", Instance = "stored-1", OtlpUrl = otlp });
        await mesh.RoutedAsync(caller);
        using (var client = new MeshClient(caller.Url(ListenerSide.Outbound)))
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal("echo-v1", (await client.GetAsync("echo-v1/stored")).Backend);
            }
        }

        await caller.StopAsync();
        Assert.Equal(0, await _collector.TerminateAsync());

        const string Durations = "FROM meshinsight.otel_metrics_histogram WHERE MetricName = 'istio_request_duration_milliseconds' AND ServiceName = 'stored'";
        Assert.Equal("20", await AskAsync($"SELECT max(Count) {Durations}"));
        // One for each bucket that has requests, each once, and each in a bucket of its own.
        string filled = await AskAsync($"SELECT arrayCount(c -> c > 0, argMax(BucketCounts, TimeUnix)) {Durations}");
        Assert.Equal(filled, await AskAsync($"SELECT uniqExact(e) FROM (SELECT arrayJoin(Exemplars.TraceId) AS e {Durations})"));
        Assert.InRange(int.Parse(filled, CultureInfo.InvariantCulture), 1, 20);
        const string Each = $"SELECT arrayJoin(arrayZip(Exemplars.TraceId, Exemplars.SpanId, Exemplars.Value, Exemplars.TimeUnix)) AS e, e.1 AS trace, e.2 AS span, e.3 AS value, e.4 AS at {Durations}";
        // Their spans are there, made by this sidecar, and took as long as the exemplar says.
        Assert.Equal(
            filled,
            await AskAsync($"SELECT count() FROM ({Each}) AS x INNER JOIN meshinsight.otel_traces AS t ON t.TraceId = x.trace AND t.SpanId = x.span WHERE t.ServiceName = 'stored' AND abs(t.Duration / 1e6 - x.value) < 50"));
        Assert.Equal("0", await AskAsync($"SELECT count() FROM ({Each}) WHERE value <= 0 OR at < now() - INTERVAL 10 MINUTE OR length(trace) != 32 OR length(span) != 16"));
    }

    private async Task<string> AskAsync(string sql)
    {
        using var content = new StringContent(sql + " FORMAT TSV", Encoding.UTF8);
        using var response = await _http.PostAsync(_clickHouse.Url, content);
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? text.TrimEnd('\n') : throw new InvalidOperationException(text);
    }
}
