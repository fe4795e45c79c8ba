using System.Text;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Otlp;

public sealed class OtlpJsonTests
{
    private const string Ids = "\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"spanId\":\"00f067aa0ba902b7\"";

    [Fact]
    public void DecodeJson_AnyBatch_ReadsTheSame() => Property.ForAll(300, random =>
    {
        var batch = new RandomTelemetry(random).Spans(random.Next(1, 8));
        var decoded = new SpanBatch();

        var result = OtlpTraces.DecodeJson(Bytes.Split(new JsonRequests(random).Of(batch), random), decoded);

        Assert.Equal(new(true, batch.Count, 0, ""), result);
        Assert.Equal(TelemetryDump.Of(batch), TelemetryDump.Of(decoded));
    });

    [Fact]
    public void DecodeJson_DamagedRequest_RefusesWholeOrStaysConsistent() => Property.ForAll(1500, random =>
    {
        byte[] bytes = Bytes.Damage(new JsonRequests(random).Of(new RandomTelemetry(random).Spans(3)), random);
        var batch = new RandomTelemetry(random).Spans(2);
        string before = TelemetryDump.Of(batch);

        var result = OtlpTraces.DecodeJson(Bytes.Whole(bytes), batch);

        Assert.Equal(2 + result.Accepted, batch.Count);
        Assert.Equal(!result.Ok, result.Reason.StartsWith("Malformed", StringComparison.Ordinal));
        if (!result.Ok)
        {
            Assert.Equal(before, TelemetryDump.Of(batch));
        }
    });

    [Theory]
    [InlineData("", "Malformed JSON: ")]
    [InlineData("[]", "must be an object")]
    [InlineData("{\"resourceSpans\":{}}", "Malformed OTLP/JSON at byte 17: \"resourceSpans\" must be an array.")]
    [InlineData("{\"resourceSpans\":[null]}", "must be an object")]
    [InlineData("{} {}", "Malformed JSON: ")]
    [InlineData("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":5}]}]}]}", "\"name\" must be a string")]
    [InlineData("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"startTimeUnixNano\":\"soon\"}]}]}]}", "\"startTimeUnixNano\" must be an integer, as a number or a string")]
    public void DecodeJson_WrongShape_SaysWhatAndWhere(string json, string reason)
    {
        var result = OtlpTraces.DecodeJson(Bytes.Whole(Encoding.UTF8.GetBytes(json)), new SpanBatch());

        Assert.False(result.Ok);
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SPAN_KIND_CLIENT", SpanKind.Client)]
    [InlineData("SPAN\\u005fKIND_CLIENT", SpanKind.Client)]
    [InlineData("SPAN_KIND_\\ud800", SpanKind.Unspecified)]
    [InlineData("\\ud800\\u0041", SpanKind.Unspecified)]
    public void DecodeJson_EnumByName_ReadsItsEscapes(string name, SpanKind kind)
    {
        string json = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" + Ids + ",\"kind\":\"" + name + "\"}]}]}]}";
        var batch = new SpanBatch();

        var result = OtlpTraces.DecodeJson(Bytes.Whole(Encoding.UTF8.GetBytes(json)), batch);

        Assert.Equal(new(true, 1, 0, ""), result);
        Assert.Equal(kind, batch[0].Kind);
    }

    [Theory]
    [InlineData("\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e473\",\"spanId\":\"00f067aa0ba902b7\"", "trace_id is not 16 bytes")]
    [InlineData("\"traceId\":\"00000000000000000000000000000000\",\"spanId\":\"00f067aa0ba902b7\"", "trace_id is empty or all zero")]
    [InlineData("\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"spanId\":\"zzf067aa0ba902b7\"", "span_id is not 8 bytes")]
    [InlineData("\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\"", "span_id is empty or all zero")]
    [InlineData(Ids + ",\"parentSpanId\":\"12\"", "parent_span_id is neither empty nor 8 bytes")]
    [InlineData(Ids + ",\"links\":[{\"traceId\":\"12\"}]", "a link's trace_id or span_id has a wrong length")]
    public void DecodeJson_BadId_RejectsThatSpanOnly(string members, string reason)
    {
        var batch = new SpanBatch();
        byte[] json = Encoding.UTF8.GetBytes($"{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{{members}}},{{{Ids}}}]}}]}}]}}");

        var result = OtlpTraces.DecodeJson(Bytes.Whole(json), batch);

        Assert.Equal((true, 1, 1), (result.Ok, result.Accepted, result.Rejected));
        Assert.StartsWith("1 rejected; the first because " + reason, result.Reason, StringComparison.Ordinal);
        Assert.Equal(1, batch.Count);
    }

    [Theory]
    [InlineData("{\"stringValue\":\"half \\ud83d pair\"}", "Text:half \uFFFD pair")]
    [InlineData("{\"stringValue\":\"\\ud83d\\ude00 \\u00e9\\/\\n\"}", "Text:😀 é/\n")]
    [InlineData("{\"intValue\":1e+300}", "Double:1E+300")]
    [InlineData("{\"intValue\":2.0}", "Int:2")]
    [InlineData("{\"doubleValue\":\"-Infinity\"}", "Double:-Infinity")]
    [InlineData("{\"doubleValue\":3}", "Double:3")]
    [InlineData("{\"bytesValue\":\"AP8Q\\/w\"}", "Bytes:AP8Q/w==")]
    [InlineData("{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{\"doubleValue\":1},{\"bytesValue\":\"_-8\"},{}]}}", "Json:[1,1.0,\"/+8=\",null]")]
    [InlineData("{\"arrayValue\":{}}", "Json:[]")]
    [InlineData("{\"kvlistValue\":{\"values\":[{\"value\":{\"boolValue\":false},\"key\":\"a\\\"b\"},{}]}}", "Json:{\"a\\\"b\":false,\"\":null}")]
    [InlineData("{\"futureValue\":1}", "Empty:")]
    [InlineData("null", "Empty:")]
    public void DecodeJson_Value_BecomesAttribute(string value, string expected)
    {
        var batch = new SpanBatch();
        byte[] json = Encoding.UTF8.GetBytes($"{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{{Ids},\"attributes\":[{{\"value\":{value},\"key\":\"k\"}}]}}]}}]}}]}}");

        var result = OtlpTraces.DecodeJson(Bytes.Whole(json), batch);

        Assert.Equal(new(true, 1, 0, ""), result);
        Assert.Equal($" {{ 'k'={expected}; }}", TelemetryDump.Attributes(batch, batch[0].Attributes));
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void DecodeJson_NestedValue_IsReadUpToTheLimit(int depth, bool ok)
    {
        var value = new StringBuilder("{\"intValue\":1}");
        for (int i = 0; i < depth; i++)
        {
            value.Insert(0, "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":").Append("}]}}");
        }

        byte[] json = Encoding.UTF8.GetBytes($"{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{{Ids},\"attributes\":[{{\"key\":\"k\",\"value\":{value}}}]}}]}}]}}]}}");

        var result = OtlpTraces.DecodeJson(Bytes.Whole(json), new SpanBatch());

        Assert.Equal(ok, result.Ok);
        Assert.Equal(ok ? "" : "An attribute value is nested deeper than 32 levels.", result.Reason);
    }

    [Theory]
    [InlineData("1e99999", false)]
    [InlineData("-1e99999", false)]
    [InlineData("0.1e-99999", true)]
    public void DecodeJson_NumberBeyondDouble_NeverThrows(string number, bool isRead)
    {
        foreach (string digits in new[] { number, new string('9', 5000) + "." + new string('9', 5000), "-" + new string('7', 5000) })
        {
            byte[] json = Encoding.UTF8.GetBytes($"{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{{Ids},\"attributes\":[{{\"value\":{{\"doubleValue\":{digits}}}}},{{\"value\":{{\"intValue\":{digits}}}}}]}}]}}]}}]}}");

            var result = OtlpTraces.DecodeJson(Bytes.Whole(json), new SpanBatch());

            Assert.Equal(digits == number && isRead, result.Ok);
        }
    }

    [Fact]
    public void DecodeJson_DeepUnknownMember_IsRefusedNotOverflowed()
    {
        byte[] json = Encoding.UTF8.GetBytes("{\"x\":" + new string('[', 1_000_000) + new string(']', 1_000_000) + "}");

        var result = OtlpTraces.DecodeJson(Bytes.Whole(json), new SpanBatch());

        Assert.False(result.Ok);
        Assert.StartsWith("Malformed JSON: The maximum configured depth", result.Reason, StringComparison.Ordinal);
    }
}
