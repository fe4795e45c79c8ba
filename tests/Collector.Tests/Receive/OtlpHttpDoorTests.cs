using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MeshInsight.Collector.Meters;

namespace MeshInsight.Collector.Tests.Receive;

public sealed class OtlpHttpDoorTests : IAsyncLifetime
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    private const string OneSpanJson = """
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
        "scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"GET /","kind":2,
        "startTimeUnixNano":"1767225600000000000","endTimeUnixNano":"1767225600010000000","unknownField":[1,{"a":2}]}]}]}]}
        """;

    private RunningCollector _collector = null!;

    private static byte[] OneSpan => SpanSpec.Request(new SpanSpec("shop"));

    public async Task InitializeAsync() => _collector = await RunningCollector.StartAsync();

    public Task DisposeAsync() => _collector.DisposeAsync().AsTask();

    private static byte[] Gzip(byte[] plain)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(plain);
        }

        return output.ToArray();
    }

    private Task<HttpResponseMessage> PostAsync(byte[] body, string? contentType = Protobuf, string? encoding = null, string path = "/v1/traces")
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return _collector.Http.PostAsync(path, content);
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage response, HttpStatusCode status, string contentType, params string[] words)
    {
        string text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal((status, contentType), (response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        Assert.All(words, word => Assert.Contains(word, text, StringComparison.Ordinal));
    }

    /// <summary>After whatever a test did, the door still works.</summary>
    private async Task AssertAliveAsync() => Assert.Equal(HttpStatusCode.OK, (await PostAsync(OneSpan)).StatusCode);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Protobuf_PlainOrGzip_IsTakenAndAnsweredInKind(bool gzip)
    {
        using var response = await PostAsync(gzip ? Gzip(OneSpan) : OneSpan, encoding: gzip ? "gzip" : null);

        Assert.Equal((HttpStatusCode.OK, Protobuf), (response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(1, _collector.Host.Meters[MeterTable.Received, "traces"].Value);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    public async Task Json_WithUnknownFields_IsTakenAndAnsweredInKind(string contentType)
    {
        using var response = await PostAsync(Encoding.UTF8.GetBytes(OneSpanJson), contentType);

        Assert.Equal((HttpStatusCode.OK, Json), (response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        Assert.Equal("{}", await response.Content.ReadAsStringAsync());
        Assert.Equal(1, _collector.Host.Meters[MeterTable.Received, "traces"].Value);
    }

    [Fact]
    public async Task Json_WithOneBadSpan_IsAPartialSuccess()
    {
        string twoSpans = OneSpanJson.Replace("\"spans\":[", "\"spans\":[{\"traceId\":\"00\",\"spanId\":\"eee19b7ec3c1b174\",\"name\":\"x\"},", StringComparison.Ordinal);

        using var response = await PostAsync(Encoding.UTF8.GetBytes(twoSpans), Json);

        string text = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"rejectedSpans\":\"1\"", text, StringComparison.Ordinal);
        Assert.Contains("trace_id", text, StringComparison.Ordinal);
        Assert.Equal(1, _collector.Host.Meters[MeterTable.Rejected, "traces"].Value);
    }

    [Theory]
    [InlineData("/v1/traces")]
    [InlineData("/v1/metrics")]
    [InlineData("/v1/logs")]
    public async Task Body_Empty_IsASuccess(string path)
    {
        using var response = await PostAsync([], path: path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/v1/traces")]
    [InlineData("/v1/metrics")]
    [InlineData("/v1/logs")]
    public async Task Protobuf_Malformed_IsRefusedWithTheReason(string path)
    {
        using var response = await PostAsync([0x0A, 0xFF, 0x01, 0x02], path: path);

        await AssertRefusedAsync(response, HttpStatusCode.BadRequest, Protobuf, "Malformed protobuf at byte");
        await AssertAliveAsync();
    }

    [Fact]
    public async Task Json_Malformed_IsRefusedWithTheReason()
    {
        using var response = await PostAsync("{\"resourceSpans\":[{]"u8.ToArray(), Json);

        await AssertRefusedAsync(response, HttpStatusCode.BadRequest, Json, "\"code\":3");
        await AssertAliveAsync();
    }

    [Fact]
    public async Task Gzip_CutShort_IsRefused()
    {
        byte[] whole = Gzip(SpanSpec.Request(Enumerable.Range(0, 100).Select(i => new SpanSpec($"s{i}"))));

        using var response = await PostAsync(whole[..(whole.Length / 2)], encoding: "gzip");

        await AssertRefusedAsync(response, HttpStatusCode.BadRequest, Protobuf, "gzip", "cut short");
        await AssertAliveAsync();
    }

    [Fact]
    public async Task Body_Of100Megabytes_IsRefusedWithTheLimit()
    {
        using var response = await PostAsync(new byte[100_000_000]);

        await AssertRefusedAsync(response, HttpStatusCode.RequestEntityTooLarge, Protobuf, "64 MiB");
        await AssertAliveAsync();
    }

    [Fact]
    public async Task Body_Of100MegabytesWithoutLength_IsRefusedWithTheLimit()
    {
        using var content = new StreamContent(new MemoryStream(new byte[100_000_000]));
        content.Headers.ContentType = new(Protobuf);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/traces") { Content = content };
        request.Headers.TransferEncodingChunked = true;

        using var response = await _collector.Http.SendAsync(request);

        await AssertRefusedAsync(response, HttpStatusCode.RequestEntityTooLarge, Protobuf, "64 MiB");
        await AssertAliveAsync();
    }

    [Fact]
    public async Task Gzip_ThatInflatesTo100Megabytes_IsRefusedWithTheLimit()
    {
        using var response = await PostAsync(Gzip(new byte[100_000_000]), encoding: "gzip");

        await AssertRefusedAsync(response, HttpStatusCode.RequestEntityTooLarge, Protobuf, "64 MiB", "inflation");
        await AssertAliveAsync();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/grpc")]
    [InlineData(null)]
    public async Task ContentType_Wrong_IsRefusedNamingWhatIsAccepted(string? contentType)
    {
        using var response = await PostAsync(OneSpan, contentType);

        await AssertRefusedAsync(response, HttpStatusCode.UnsupportedMediaType, Json, Protobuf, Json);
    }

    [Fact]
    public async Task ContentEncoding_Unknown_IsRefusedNamingWhatIsAccepted()
    {
        using var response = await PostAsync(OneSpan, encoding: "zstd");

        await AssertRefusedAsync(response, HttpStatusCode.UnsupportedMediaType, Protobuf, "zstd", "gzip");
    }

    [Fact]
    public async Task Method_Get_IsRefusedNamingPost()
    {
        using var response = await _collector.Http.GetAsync("/v1/traces");

        await AssertRefusedAsync(response, HttpStatusCode.MethodNotAllowed, Json, "POST");
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Path_Unknown_IsRefusedNamingThePaths()
    {
        using var response = await PostAsync(OneSpan, path: "/v1/trace");

        await AssertRefusedAsync(response, HttpStatusCode.NotFound, Json, "/v1/traces", "/v1/metrics", "/v1/logs");
    }

    [Fact]
    public async Task Garbage_OfAnyKind_NeverBreaksTheDoor()
    {
        var random = new Random(3);
        for (int i = 0; i < 100; i++)
        {
            byte[] body = new byte[random.Next(300)];
            random.NextBytes(body);
            string[] types = [Protobuf, Json];
            using var response = await PostAsync(body, types[i % 2], i % 3 == 0 ? "gzip" : null, i % 5 == 0 ? "/v1/logs" : "/v1/traces");
            Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{response.StatusCode} in round {i}");
        }

        await AssertAliveAsync();
    }

    [Fact]
    public async Task Queue_Full_AsksToComeAgain()
    {
        await using var small = await RunningCollector.StartAsync(
            change: o => o with { Receive = o.Receive with { QueueBytes = 1, MergeBytes = 1 }, Store = o.Store with { MaxPendingBytes = 0 } });
        using var first = await small.Http.PostAsync("/v1/traces", Content());
        using var second = await small.Http.PostAsync("/v1/traces", Content());

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), second.Headers.RetryAfter!.Delta);
        Assert.Equal(1, small.Host.Meters[MeterTable.Refused, "QueueFull"].Value);

        static ByteArrayContent Content() => new(OneSpan) { Headers = { ContentType = new(Protobuf) } };
    }

    [Fact]
    public async Task EverySignal_HasItsPath()
    {
        using var logs = await PostAsync("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"hello"}}]}]}]}"""u8.ToArray(), Json, path: "/v1/logs");
        using var metrics = await PostAsync(
            """{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asDouble":1.5,"timeUnixNano":"1767225600000000000"}]}}]}]}]}"""u8.ToArray(), Json, path: "/v1/metrics");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (logs.StatusCode, metrics.StatusCode));
        Assert.Equal(1, _collector.Host.Meters[MeterTable.Received, "logs"].Value);
        Assert.Equal(1, _collector.Host.Meters[MeterTable.Received, "metrics"].Value);
        Assert.Equal(0, _collector.Host.Meters.Sum(MeterTable.Refused));
    }
}
