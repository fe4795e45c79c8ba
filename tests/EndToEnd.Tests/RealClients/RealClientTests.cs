using System.Text.Json;
using static MeshInsight.EndToEnd.Tests.RealClients.ClientsFixture;

namespace MeshInsight.EndToEnd.Tests.RealClients;

/// <summary>What official OpenTelemetry clients send is read back from ClickHouse, attribute for attribute.</summary>
public sealed class RealClientTests(ClientsFixture clients) : IClassFixture<ClientsFixture>
{
    private const string Awkward = "Grüße, 世界 🌍 \"quoted\" \\ \t";

    public static TheoryData<string> Clients => new(DotNetGrpc, DotNetHttp, NodeGrpc, NodeProtobuf, NodeJson);

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Spans_SentByClient_AreReadBack(string client)
    {
        var sent = clients.Sent(client);

        var rows = await clients.RowsAsync($"SELECT *, toUnixTimestamp64Nano(Timestamp) AS Nanos FROM otel_traces WHERE ServiceName = '{client}' ORDER BY SpanKind DESC");

        Assert.Equal(2, rows.Count);
        var (server, call) = (rows[0], rows[1]);
        Assert.Equal((sent.TraceId, sent.ServerId, ""), (Text(server, "TraceId"), Text(server, "SpanId"), Text(server, "ParentSpanId")));
        Assert.Equal((sent.TraceId, sent.ClientId, sent.ServerId), (Text(call, "TraceId"), Text(call, "SpanId"), Text(call, "ParentSpanId")));
        Assert.Equal(("GET /cart/{id}", "Server", "Error", ""), (Text(server, "SpanName"), Text(server, "SpanKind"), Text(server, "StatusCode"), Text(server, "StatusMessage")));
        Assert.Equal(("charge", "Client", "Error", "gave up"), (Text(call, "SpanName"), Text(call, "SpanKind"), Text(call, "StatusCode"), Text(call, "StatusMessage")));
        Assert.Equal((ScopeOf(client, "source"), "1.2.3"), (Text(server, "ScopeName"), Text(server, "ScopeVersion")));
        AssertRecent(server.GetProperty("Nanos").GetInt64());
        Assert.InRange(server.GetProperty("Duration").GetInt64(), 1, 60_000_000_000);
        AssertMap(ResourceOf(client), server, "ResourceAttributes");
        AssertMap(SpanAttributes, server, "SpanAttributes");
        AssertMap([], call, "SpanAttributes");
        Assert.Equal("[\"exception\"]", call.GetProperty("Events.Name").GetRawText());
        AssertMap(new() { ["exception.type"] = "TimeoutError", ["exception.escaped"] = "false" }, call.GetProperty("Events.Attributes")[0]);
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"), (call.GetProperty("Links.TraceId")[0].GetString(), call.GetProperty("Links.SpanId")[0].GetString()));
        AssertMap(new() { ["link.kind"] = "batch" }, call.GetProperty("Links.Attributes")[0]);
        Assert.Equal(1, server.GetProperty("SamplingProbability").GetDouble());
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Metrics_SentByClient_AreReadBack(string client)
    {
        var sum = await OneAsync($"SELECT *, toUnixTimestamp64Nano(TimeUnix) AS Nanos FROM otel_metrics_sum WHERE ServiceName = '{client}' AND MetricName = 'requests'");
        Assert.Equal((3.0, true, 2), (sum.GetProperty("Value").GetDouble(), sum.GetProperty("IsMonotonic").GetBoolean(), sum.GetProperty("AggregationTemporality").GetInt32()));
        Assert.Equal(("Requests taken", "{request}", "0.9"), (Text(sum, "MetricDescription"), Text(sum, "MetricUnit"), Text(sum, "ScopeVersion")));
        AssertRecent(sum.GetProperty("Nanos").GetInt64());
        AssertMap(ResourceOf(client), sum, "ResourceAttributes");
        AssertMap(new() { ["route"] = "/cart", ["code"] = "200" }, sum, "Attributes");

        var gauge = await OneAsync($"SELECT * FROM otel_metrics_gauge WHERE ServiceName = '{client}' AND MetricName = 'load'");
        Assert.Equal(0.75, gauge.GetProperty("Value").GetDouble());
        AssertMap(new() { ["core"] = "0" }, gauge, "Attributes");

        var histogram = await OneAsync($"SELECT * FROM otel_metrics_histogram WHERE ServiceName = '{client}' AND MetricName = 'latency'");
        Assert.Equal(("[1,1,2,1]", "[0.005,0.1,1]"), (histogram.GetProperty("BucketCounts").GetRawText(), histogram.GetProperty("ExplicitBounds").GetRawText()));
        Assert.Equal((5, 5.021, 0.001, 4.0), (histogram.GetProperty("Count").GetInt64(), histogram.GetProperty("Sum").GetDouble(), histogram.GetProperty("Min").GetDouble(), histogram.GetProperty("Max").GetDouble()));
        AssertMap(new() { ["method"] = "GET" }, histogram, "Attributes");

        var exponential = await OneAsync($"SELECT *, arraySum(PositiveBucketCounts) AS Total FROM otel_metrics_exp_histogram WHERE ServiceName = '{client}' AND MetricName = 'latency.exponential'");
        Assert.Equal((5, 5, 5.021), (exponential.GetProperty("Count").GetInt64(), exponential.GetProperty("Total").GetInt64(), exponential.GetProperty("Sum").GetDouble()));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Logs_SentByClient_AreReadBack(string client)
    {
        var sent = clients.Sent(client);
        bool isDotNet = client.StartsWith("dotnet", StringComparison.Ordinal);

        var row = await OneAsync($"SELECT *, toUnixTimestamp64Nano(Timestamp) AS Nanos FROM otel_logs WHERE ServiceName = '{client}' AND SeverityNumber = 17");

        Assert.Equal((sent.TraceId, sent.ServerId, 1), (Text(row, "TraceId"), Text(row, "SpanId"), row.GetProperty("TraceFlags").GetInt32()));
        Assert.Equal("payment.failed", Text(row, "EventName"));
        Assert.Equal(ScopeOf(client, "logger"), Text(row, "ScopeName"));
        AssertRecent(row.GetProperty("Nanos").GetInt64());
        AssertMap(ResourceOf(client), row, "ResourceAttributes");
        if (isDotNet)
        {
            Assert.Equal(("payment failed: {Amount} {Share} {Final}", "Error"), (Text(row, "Body"), Text(row, "SeverityText")));
            AssertMap(new() { ["Amount"] = "-42", ["Share"] = "0.25", ["Final"] = "true" }, row, "LogAttributes");
        }
        else
        {
            Assert.Equal(("payment failed", "ERROR"), (Text(row, "Body"), Text(row, "SeverityText")));
            AssertMap(SpanAttributes, row, "LogAttributes");
        }
    }

    [Theory]
    [InlineData(NodeGrpc)]
    [InlineData(NodeProtobuf)]
    [InlineData(NodeJson)]
    public async Task StructuredLogs_SentByClient_AreReadBack(string client)
    {
        var row = await OneAsync($"SELECT * FROM otel_logs WHERE ServiceName = '{client}' AND SeverityNumber = 9");

        Assert.Equal("{\"order\":7,\"items\":[\"a\",{\"b\":true}]}", Text(row, "Body"));
        AssertMap(new() { ["nested"] = "{\"deep\":[\"x\",1]}", ["raw"] = "AP8Q" }, row, "LogAttributes");
    }

    private static Dictionary<string, string> SpanAttributes => new()
    {
        ["text"] = Awkward,
        ["empty"] = "",
        ["int"] = "-42",
        ["big"] = "9007199254740991",
        ["double"] = "0.25",
        ["yes"] = "true",
        ["no"] = "false",
        ["texts"] = "[\"a\",\"\",\"ü\"]",
        ["ints"] = "[1,-2,300]",
        ["doubles"] = "[0.5,2.25]",
        ["bools"] = "[true,false]",
    };

    private static Dictionary<string, string> ResourceOf(string client) => new()
    {
        ["service.name"] = client,
        ["service.version"] = "v7",
        ["service.instance.id"] = "i-1",
        ["process.pid"] = "4711",
        ["host.up"] = "true",
    };

    private static string ScopeOf(string client, string kind) =>
        client.StartsWith("dotnet", StringComparison.Ordinal) ? $"{client}.{kind}" : kind == "source" ? "client scope" : "client " + kind;

    private static string Text(JsonElement row, string column) => row.GetProperty(column).GetString()!;

    private static void AssertMap(Dictionary<string, string> expected, JsonElement row, string column) => AssertMap(expected, row.GetProperty(column));

    private static void AssertMap(Dictionary<string, string> expected, JsonElement map) =>
        Assert.Equal(expected.OrderBy(pair => pair.Key, StringComparer.Ordinal), map.EnumerateObject().Select(pair => KeyValuePair.Create(pair.Name, pair.Value.GetString()!)).OrderBy(pair => pair.Key, StringComparer.Ordinal));

    private static void AssertRecent(long unixNanos)
    {
        long now = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        Assert.InRange(unixNanos, now - 600_000_000_000, now + 1_000_000_000);
    }

    private async Task<JsonElement> OneAsync(string sql) => Assert.Single(await clients.RowsAsync(sql));
}
