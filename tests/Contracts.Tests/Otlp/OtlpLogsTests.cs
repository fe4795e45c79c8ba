using System.Buffers;
using System.Text;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Otlp;

public sealed class OtlpLogsTests
{
    [Fact]
    public void Encode_AnyBatch_DecodesToTheSame() => Property.ForAll(200, random =>
    {
        var batch = new RandomTelemetry(random).Logs(random.Next(1, 20));
        var decoded = new LogBatch();

        var result = OtlpLogs.Decode(Bytes.Split(Encode(batch), random), decoded);

        Assert.Equal(new(true, batch.Count, 0, ""), result);
        Assert.Equal(TelemetryDump.Of(batch), TelemetryDump.Of(decoded));
    });

    [Fact]
    public void DecodeJson_AnyBatch_ReadsTheSame() => Property.ForAll(200, random =>
    {
        var batch = new RandomTelemetry(random).Logs(random.Next(1, 8));
        var decoded = new LogBatch();

        var result = OtlpLogs.DecodeJson(Bytes.Split(new JsonRequests(random).Of(batch), random), decoded);

        Assert.Equal(new(true, batch.Count, 0, ""), result);
        Assert.Equal(TelemetryDump.Of(batch), TelemetryDump.Of(decoded));
    });

    [Fact]
    public void Decode_DamagedRequest_RefusesWholeOrStaysConsistent() => Property.ForAll(1000, random =>
    {
        byte[] bytes = Bytes.Damage(Encode(new RandomTelemetry(random).Logs(6)), random);
        var batch = new RandomTelemetry(random).Logs(2);
        string before = TelemetryDump.Of(batch);

        var result = OtlpLogs.Decode(Bytes.Whole(bytes), batch);

        Assert.Equal(2 + result.Accepted, batch.Count);
        Assert.StartsWith(before, TelemetryDump.Of(batch), StringComparison.Ordinal);
        Assert.NotEqual(result.Ok, result.Accepted == 0 && result.Reason.Length > 0);
    });

    [Fact]
    public void Decode_BodyOfBytes_BecomesBase64Text()
    {
        byte[] protobuf = [0x0A, 11, 0x12, 9, 0x12, 7, 0x2A, 5, 0x3A, 3, 1, 2, 254];
        byte[] json = Encoding.UTF8.GetBytes("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"bytesValue\":\"AQL-\"}}]}]}]}");
        var batch = new LogBatch();

        Assert.Equal(new(true, 1, 0, ""), OtlpLogs.Decode(Bytes.Whole(protobuf), batch));
        Assert.Equal(new(true, 1, 0, ""), OtlpLogs.DecodeJson(Bytes.Whole(json), batch));

        foreach (var log in batch.Logs.Span)
        {
            Assert.Equal((AttributeKind.Text, "AQL+"), (log.BodyKind, batch.Text.GetString(log.Body)));
        }
    }

    [Theory]
    [InlineData("{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"only.a.resource\",\"value\":{\"stringValue\":\"x\"}}]}}]}", true)]
    [InlineData("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"severityText\":\"LOST\"},{\"body\":5}]}]}]}", false)]
    public void DecodeJson_NothingAccepted_LeavesNothingBehind(string json, bool ok)
    {
        var batch = new RandomTelemetry(new Random(1)).Logs(3);
        var before = batch.Mark();

        var result = OtlpLogs.DecodeJson(Bytes.Whole(Encoding.UTF8.GetBytes(json)), batch);

        Assert.Equal((ok, 0), (result.Ok, result.Accepted));
        Assert.Equal(before, batch.Mark());
    }

    private static byte[] Encode(LogBatch batch)
    {
        var output = new ArrayBufferWriter<byte>();
        OtlpLogs.Encode(batch, output);
        return output.WrittenSpan.ToArray();
    }
}
