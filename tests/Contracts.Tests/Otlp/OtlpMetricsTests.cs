using System.Buffers;
using System.Text;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Otlp;

public sealed class OtlpMetricsTests
{
    [Fact]
    public void Encode_AnyBatch_DecodesToTheSame() => Property.ForAll(200, random =>
    {
        var batch = new RandomMetrics(random).Metrics(random.Next(1, 5));
        var decoded = new MetricBatch();

        var result = OtlpMetrics.Decode(Bytes.Split(Encode(batch), random), decoded);

        Assert.Equal(new(true, batch.PointCount, 0, ""), result);
        Assert.Equal(TelemetryDump.Of(batch), TelemetryDump.Of(decoded));
    });

    [Fact]
    public void Decode_DamagedRequest_RefusesWholeOrStaysConsistent() => Property.ForAll(1000, random =>
    {
        byte[] bytes = Bytes.Damage(Encode(new RandomMetrics(random).Metrics(2)), random);
        var batch = new RandomMetrics(random).Metrics(1);
        int before = batch.PointCount;
        string dump = TelemetryDump.Of(batch);

        var result = OtlpMetrics.Decode(Bytes.Whole(bytes), batch);

        Assert.Equal(before + result.Accepted, batch.PointCount);
        if (!result.Ok)
        {
            Assert.Equal(dump, TelemetryDump.Of(batch));
        }
    });

    [Fact]
    public void Decode_BucketsThatDoNotMatchBounds_RejectsThatPoint()
    {
        var batch = new MetricBatch();
        batch.AddResource(0);
        batch.Scopes.Add(default);
        batch.Metrics.Add(new(batch.Symbols.Add("latency"), 0, 0, MetricKind.Histogram, Temporality.Delta, false, 0, 0));
        batch.Counts.AddRange([1, 2, 3]);
        batch.Doubles.AddRange([0.5, 1, 2]);
        var point = new PointRow(0, 1, 2, 0, default, default);
        batch.Histograms.Add(new(point, 6, 1, 0, 1, new(0, 3), new(0, 3)));
        batch.Histograms.Add(new(point, 6, 1, 0, 1, new(0, 3), new(0, 2)));
        var decoded = new MetricBatch();

        var result = OtlpMetrics.Decode(Bytes.Whole(Encode(batch)), decoded);

        Assert.Equal(new(true, 1, 1, "1 rejected; the first because bucket_counts must have one element more than explicit_bounds."), result);
        Assert.Equal(new RowRange(0, 2), decoded.Histograms[0].Bounds);
    }

    [Fact]
    public void DecodeJson_EveryKind_ReadsValuesAndExemplars()
    {
        const string json = """
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[
              {"gauge":{"dataPoints":[{"asInt":"-5","timeUnixNano":"7","exemplars":[{"asInt":3,"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","filteredAttributes":[{"key":"e","value":{"intValue":"1"}}]}],"attributes":[{"key":"a","value":{"boolValue":true}}]}]},"name":"g"},
              {"name":"s","unit":"By","sum":{"isMonotonic":true,"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","dataPoints":[{"asDouble":1.5,"flags":1}]}},
              {"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"count":"3","sum":4.5,"bucketCounts":["1",2],"explicitBounds":[0.1],"min":"NaN","max":"Infinity"}]}},
              {"name":"e","exponentialHistogram":{"dataPoints":[{"count":2,"scale":-3,"zeroCount":"1","zeroThreshold":0.5,"positive":{"offset":-2,"bucketCounts":["1"]},"negative":{"bucketCounts":[]}}]}},
              {"name":"q","summary":{"dataPoints":[{"count":9,"sum":3,"quantileValues":[{"quantile":0.5,"value":1},{"quantile":0.99,"value":2}]}]}},
              {"name":"empty"}
            ]}]}]}
            """;
        var batch = new MetricBatch();

        var result = OtlpMetrics.DecodeJson(Bytes.Split(Encoding.UTF8.GetBytes(json), new Random(1)), batch);

        Assert.Equal(new(true, 5, 0, ""), result);
        string dump = TelemetryDump.Of(batch);
        Assert.Contains("number True -5 0 of 'g' '' '' Gauge Unspecified False 0 7 0", dump, StringComparison.Ordinal);
        Assert.Contains("{ 'a'=Bool:true; }\n  exemplar 0 3 4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 { 'e'=Int:1; }", dump, StringComparison.Ordinal);
        Assert.Contains("number False 0 1.5 of 's' '' 'By' Sum Delta True 0 0 1", dump, StringComparison.Ordinal);
        Assert.Contains("histogram 3 4.5 NaN Infinity [1,2] [0.1] of 'h' '' '' Histogram Cumulative", dump, StringComparison.Ordinal);
        Assert.Contains("exponential 2 NaN NaN NaN -3 1 0.5 -2 [1] 0 [] of 'e'", dump, StringComparison.Ordinal);
        Assert.Contains("summary 9 3 [0.5,1,0.99,2] of 'q'", dump, StringComparison.Ordinal);
    }

    private static byte[] Encode(MetricBatch batch)
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpMetrics.Encode(batch, output);
        return output.WrittenSpan.ToArray();
    }
}
