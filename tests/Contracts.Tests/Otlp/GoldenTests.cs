using System.Buffers;
using System.Text;
using System.Text.Json;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>Against OpenTelemetry's own JavaScript serializers: what they write we read, what we write has their bytes, what we answer they read.</summary>
public sealed class GoldenTests : IAsyncLifetime
{
    private Dictionary<string, Golden> _goldens = [];

    public async Task InitializeAsync()
    {
        string output = await NodeScript.RunAsync("otlp/goldens.js");
        _goldens = JsonSerializer.Deserialize<Dictionary<string, Golden>>(output, JsonSerializerOptions.Web)!;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public void Traces_OfJavaScript_ReadAlikeAndReencodeToTheirBytes()
    {
        var golden = _goldens["traces"];
        var batch = new SpanBatch();
        var fromJson = new SpanBatch();

        Assert.Equal(new(true, 3, 0, ""), OtlpTraces.Decode(Bytes.Whole(golden.Protobuf), batch));
        Assert.Equal(new(true, 3, 0, ""), OtlpTraces.DecodeJson(Bytes.Whole(Encoding.UTF8.GetBytes(golden.Json)), fromJson));

        string dump = TelemetryDump.Of(batch);
        Assert.Equal(dump, TelemetryDump.Of(fromJson).Replace("'scope one' '1.2.3' '' {", "'scope one' '1.2.3' 'https://opentelemetry.io/schemas/1.30.0' {", StringComparison.Ordinal));
        Assert.Contains("span 0af7651916cd43dd8448eb211c80319c 0000000000001000 < b7ad6b7169203331 1700000000123456789+1000000001 Server Error flags 769 name 'GET /cart/{id}' message 'gave up' state 'vendor=value,ot=th:8'", dump, StringComparison.Ordinal);
        Assert.Contains("resource 'checkout' 'v2' 'checkout-1'", dump, StringComparison.Ordinal);
        Assert.Contains(" 'int'=Int:-42; 'big'=Int:9007199254740991; 'double'=Double:0.25; 'negative'=Double:-1.5E-09; 'yes'=Bool:true; 'no'=Bool:false; 'texts'=Json:[\"a\",\"\",\"ü\"]; 'ints'=Json:[1,-2,300]; 'doubles'=Json:[0.5,1E-300]; 'bools'=Json:[true,false]; }", dump, StringComparison.Ordinal);
        Assert.Contains("event 1700000000500000000 'exception' { 'exception.type'=Text:TimeoutError; 'exception.escaped'=Bool:false; }", dump, StringComparison.Ordinal);
        Assert.Contains("link 0af7651916cd43dd8448eb211c80319c 00f067aa0ba902b7 'vendor=value,ot=th:8' { 'link.kind'=Text:batch; }", dump, StringComparison.Ordinal);
        var again = new ArrayBufferWriter<byte>();
        OtlpTraces.Encode(batch, again);
        Assert.Equal(Convert.ToHexString(OmittedFields.RemoveFromTraces(golden.Protobuf)), Convert.ToHexString(again.WrittenSpan));
    }

    [Fact]
    public void Metrics_OfJavaScript_ReadAlikeAndReencodeToTheSame()
    {
        var golden = _goldens["metrics"];
        var batch = new MetricBatch();
        var fromJson = new MetricBatch();

        Assert.Equal(new(true, 6, 0, ""), OtlpMetrics.Decode(Bytes.Whole(golden.Protobuf), batch));
        Assert.Equal(new(true, 6, 0, ""), OtlpMetrics.DecodeJson(Bytes.Whole(Encoding.UTF8.GetBytes(golden.Json)), fromJson));

        string dump = TelemetryDump.Of(batch);
        Assert.Equal(dump, TelemetryDump.Of(fromJson));
        Assert.Contains("number True 3 0 of 'requests' 'Requests taken' '{request}' Sum Cumulative True", dump, StringComparison.Ordinal);
        Assert.Contains("number False 0 -7 of 'queue' '' '1' Sum Cumulative False", dump, StringComparison.Ordinal);
        Assert.Contains("number False 0 0.75 of 'load' '' '' Gauge", dump, StringComparison.Ordinal);
        Assert.Contains("histogram 5 5.021 0.001 4 [1,1,2,1] [0.005,0.1,1] of 'latency' '' 's' Histogram Cumulative", dump, StringComparison.Ordinal);
        Assert.Contains("exponential 6 5.021 0 4 3 1 0 -80 [1,0,0", dump, StringComparison.Ordinal);
        var again = new ArrayBufferWriter<byte>();
        OtlpMetrics.Encode(batch, again);
        var decoded = new MetricBatch();
        Assert.True(OtlpMetrics.Decode(Bytes.Whole(again.WrittenMemory), decoded).Ok);
        Assert.Equal(dump, TelemetryDump.Of(decoded));
    }

    [Fact]
    public void Logs_OfJavaScript_ReadAlikeAndReencodeToTheirBytes()
    {
        var golden = _goldens["logs"];
        var batch = new LogBatch();
        var fromJson = new LogBatch();

        Assert.Equal(new(true, 4, 0, ""), OtlpLogs.Decode(Bytes.Whole(golden.Protobuf), batch));
        Assert.Equal(new(true, 4, 0, ""), OtlpLogs.DecodeJson(Bytes.Whole(Encoding.UTF8.GetBytes(golden.Json)), fromJson));

        Assert.Equal(TelemetryDump.Of(batch), TelemetryDump.Of(fromJson));
        var first = batch.Logs[0];
        Assert.Equal("payment failed", batch.Text.GetString(first.Body));
        Assert.Equal((17, "ERROR", "payment.failed"), (first.SeverityNumber, batch.Symbols.GetString(first.SeverityText), batch.Symbols.GetString(first.EventName)));
        Assert.Equal("b7ad6b7169203331", first.SpanId.ToString());
        Assert.Equal("{\"order\":7,\"items\":[\"a\",{\"b\":true}],\"total\":1.5}", batch.Text.GetString(batch.Logs[1].Body));
        Assert.Contains("'nested'=Json:{\"deep\":[\"x\",1]}; 'raw'=Bytes:AP8Q;", TelemetryDump.Attributes(batch, batch.Logs[1].Attributes), StringComparison.Ordinal);
        Assert.Equal("12", batch.Text.GetString(batch.Logs[2].Body));
        Assert.Equal(AttributeKind.Empty, batch.Logs[3].BodyKind);
        var again = new ArrayBufferWriter<byte>();
        OtlpLogs.Encode(batch, again);
        Assert.Equal(Convert.ToHexString(OmittedFields.RemoveFromLogs(golden.Protobuf)), Convert.ToHexString(again.WrittenSpan));
    }

    [Theory]
    [InlineData(OtlpSignal.Traces, "rejectedSpans")]
    [InlineData(OtlpSignal.Metrics, "rejectedDataPoints")]
    [InlineData(OtlpSignal.Logs, "rejectedLogRecords")]
    public async Task Responses_ReadByJavaScript_SayHowManyAndWhy(OtlpSignal signal, string field)
    {
        var result = new OtlpDecodeResult(true, 5, 300, "300 rejected; \"because\"");
        var protobuf = new ArrayBufferWriter<byte>();
        var json = new ArrayBufferWriter<byte>();
        OtlpResponse.WriteProtobuf(result, protobuf);
        OtlpResponse.WriteJson(signal, result, json);

        using var fromProtobuf = JsonDocument.Parse(await NodeScript.RunAsync("otlp/read-response.js", signal.ToString(), "Protobuf", Convert.ToBase64String(protobuf.WrittenSpan)));
        using var fromJson = JsonDocument.Parse(await NodeScript.RunAsync("otlp/read-response.js", signal.ToString(), "Json", Convert.ToBase64String(json.WrittenSpan)));

        foreach (var answer in new[] { fromProtobuf, fromJson })
        {
            var partial = answer.RootElement.GetProperty("partialSuccess");
            Assert.Equal("300", partial.GetProperty(field).ToString());
            Assert.Equal("300 rejected; \"because\"", partial.GetProperty("errorMessage").GetString());
        }
    }

    internal sealed record Golden(byte[] Protobuf, string Json);
}
