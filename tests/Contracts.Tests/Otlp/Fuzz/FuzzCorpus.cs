using System.Buffers;
using System.Text;
using MeshInsight.Contracts.Otlp;

namespace MeshInsight.Contracts.Tests.Otlp.Fuzz;

internal sealed record FuzzSeed(OtlpSignal Signal, bool IsJson, byte[] Bytes);

/// <summary>Good requests of every signal and format, which <see cref="PayloadMutator"/> makes bad.</summary>
internal static class FuzzCorpus
{
    private const int PerKind = 12;

    // The random requests in JSON know no metrics.
    private const string Metrics = """
        {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},"scopeMetrics":[{"scope":{"name":"s","version":"1"},"metrics":[
        {"name":"a","unit":"ms","gauge":{"dataPoints":[{"timeUnixNano":"1790000000000000000","asDouble":1.5e3,"attributes":[{"key":"k","value":{"arrayValue":{"values":[{"intValue":"7"},{"boolValue":true}]}}}]},{"asInt":"-9","flags":1}]}},
        {"name":"b","sum":{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[{"startTimeUnixNano":"1","timeUnixNano":2,"asInt":5,"exemplars":[{"timeUnixNano":"3","asDouble":0.5,"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","filteredAttributes":[{"key":"u","value":{"bytesValue":"AQID"}}]}]}]}},
        {"name":"c","histogram":{"aggregationTemporality":1,"dataPoints":[{"count":"6","sum":12.5,"min":0.1,"max":9,"bucketCounts":["1","2",3],"explicitBounds":[1,2.5]}]}},
        {"name":"d","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"count":9,"sum":3,"scale":-2,"zeroCount":"1","zeroThreshold":0.01,"positive":{"offset":-4,"bucketCounts":[1,"2",3]},"negative":{"offset":2,"bucketCounts":["2"]}}]}},
        {"name":"e","summary":{"dataPoints":[{"count":"3","sum":"NaN","quantileValues":[{"quantile":0.5,"value":1},{"quantile":0.99,"value":"Infinity"}]}]}}]}],"schemaUrl":"https://opentelemetry.io/schemas/1.30.0"}]}
        """;

    public static FuzzSeed[] All { get; } = [.. Enumerable.Range(1, PerKind).SelectMany(Make)];

    private static IEnumerable<FuzzSeed> Make(int seed)
    {
        var random = new Random(seed);
        var telemetry = new RandomTelemetry(random);
        var json = new JsonRequests(random);
        var spans = telemetry.Spans(random.Next(1, 10));
        var logs = telemetry.Logs(random.Next(1, 10));
        var metrics = new RandomMetrics(random).Metrics(random.Next(1, 3));
        yield return new(OtlpSignal.Traces, false, Encoded(output => OtlpTraces.Encode(spans, output)));
        yield return new(OtlpSignal.Traces, true, json.Of(spans));
        yield return new(OtlpSignal.Logs, false, Encoded(output => OtlpLogs.Encode(logs, output)));
        yield return new(OtlpSignal.Logs, true, json.Of(logs));
        yield return new(OtlpSignal.Metrics, false, Encoded(output => OtlpMetrics.Encode(metrics, output)));
        yield return new(OtlpSignal.Metrics, true, Encoding.UTF8.GetBytes(Metrics));
    }

    private static byte[] Encoded(Action<ArrayBufferWriter<byte>> encode)
    {
        var output = new ArrayBufferWriter<byte>();
        encode(output);
        return output.WrittenSpan.ToArray();
    }
}
