using System.Buffers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Otlp.Wire;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>Requests that are valid protobuf but not in the order we write: fields shuffled at every level, unknown ones between, numbers unpacked.</summary>
public sealed class ForeignOrderTests
{
    // Numbers of message fields on the way down: request, groups, resource, scope, span, event, link, status, key-value.
    private static readonly Dictionary<string, Dictionary<int, string>> Nested = new()
    {
        ["request"] = new() { [1] = "resource group" },
        ["resource group"] = new() { [1] = "resource", [2] = "scope group" },
        ["resource"] = new() { [1] = "key-value" },
        ["scope group"] = new() { [1] = "scope", [2] = "span" },
        ["scope"] = new() { [3] = "key-value" },
        ["span"] = new() { [9] = "key-value", [11] = "event", [13] = "link", [15] = "status" },
        ["event"] = new() { [3] = "key-value" },
        ["link"] = new() { [4] = "key-value" },
        ["status"] = [],
        ["key-value"] = [],
    };

    [Fact]
    public void Decode_FieldsInAnyOrder_ReadsTheSame() => Property.ForAll(200, random =>
    {
        var batch = new RandomTelemetry(random).Spans(4);
        var output = new ArrayBufferWriter<byte>();
        OtlpTraces.Encode(batch, output);
        byte[] shuffled = Shuffle(output.WrittenSpan, "request", random);
        var decoded = new SpanBatch();

        var result = OtlpTraces.Decode(Bytes.Whole(shuffled), decoded);

        Assert.Equal(new(true, batch.Count, 0, ""), result);
        Assert.Equal(Sorted(batch), Sorted(decoded));
    });

    [Fact]
    public void Decode_UnpackedBuckets_ReadsTheSame()
    {
        var writer = new ProtoWriter(256);
        int group = writer.Begin(1);
        int scope = writer.Begin(2);
        int metric = writer.Begin(2);
        int data = writer.Begin(9);
        int point = writer.Begin(1);
        writer.WriteFixed64Always(6, 4);
        writer.WriteDoubleAlways(7, 0.5);
        writer.WriteFixed64Always(6, 5);
        writer.End(point);
        writer.End(data);
        writer.End(metric);
        writer.End(scope);
        writer.End(group);
        var batch = new MetricBatch();

        var result = OtlpMetrics.Decode(Bytes.Whole(writer.Written.ToArray()), batch);

        writer.Dispose();
        Assert.Equal(new(true, 1, 0, ""), result);
        Assert.Equal([4, 5], batch.Counts.Span.ToArray());
        Assert.Equal([0.5], batch.Doubles.Span.ToArray());
    }

    // Order within repeated fields is kept, as protobuf keeps it; spans of one group may still change places with those of another.
    private static string Sorted(SpanBatch batch) =>
        string.Join('\n', TelemetryDump.Of(batch).Split("span ").Order(StringComparer.Ordinal));

    private static byte[] Shuffle(ReadOnlySpan<byte> message, string kind, Random random)
    {
        var fields = new List<(int Field, byte[] Bytes)>();
        var reader = new ProtoReader(message);
        int start = 0;
        while (reader.Next())
        {
            int field = reader.Field;
            if (Nested[kind].TryGetValue(field, out string? nested))
            {
                var writer = new ProtoWriter(256);
                writer.WriteBytesAlways(field, Shuffle(reader.ReadBytes(), nested, random));
                fields.Add((field, writer.Written.ToArray()));
                writer.Dispose();
            }
            else
            {
                reader.Skip();
                fields.Add((field, message[start..reader.Position].ToArray()));
            }

            start = reader.Position;
        }

        Assert.False(reader.HasFault);
        byte[][] unknown = [[0xA2, 0x1F, 2, 0xFF, 0xFF], [0xA8, 0x1F, 0x80, 0x01], [0xA3, 0x1F, 0x08, 1, 0xA4, 0x1F], [0xA5, 0x1F, 1, 2, 3, 4]];
        for (int count = random.Next(3); count > 0; count--)
        {
            fields.Add((500 + count, unknown[random.Next(unknown.Length)]));
        }

        // A random merge of the fields' own sequences.
        var queues = fields.GroupBy(field => field.Field).Select(same => new Queue<byte[]>(same.Select(field => field.Bytes))).ToList();
        var result = new List<byte>();
        while (queues.Count > 0)
        {
            var queue = queues[random.Next(queues.Count)];
            result.AddRange(queue.Dequeue());
            if (queue.Count == 0)
            {
                queues.Remove(queue);
            }
        }

        return [.. result];
    }
}
