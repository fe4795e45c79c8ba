using System.Buffers;
using System.Text;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Contracts.Otlp.Records;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Testing;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>Requests written record by record are the requests that everybody reads, with lengths as short as they can be.</summary>
public sealed class OtlpRequestTests
{
    private static readonly OtlpSource Source = new([("service.name", "shop"), ("service.version", "v1")], "meshinsight.proxy", "1.2.3");
    private static readonly AttributeKey Short = new("k");
    private static readonly AttributeKey Long = new(new string('a', 110));

    [Fact]
    public void Spans_OfAnyLength_AreReadAsWritten() => Property.ForAll(500, random =>
    {
        var request = new SpanRequest(Source);
        var expected = new List<string>();
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            var (trace, id, parent) = (new TraceId((ulong)random.NextInt64(), 1), new SpanId(2), new SpanId((ulong)random.Next(2)));
            string name = Text(random);
            string value = Text(random);
            string note = Text(random);
            string message = Text(random);
            long number = random.NextInt64(long.MinValue, long.MaxValue);
            request.Begin(trace, id, parent, SpanKind.Client, 1_000_000, 5, 0x101, "a=b");
            request.Name(name);
            request.Text(random.Next(2) == 0 ? Short : Long, value);
            request.Text(Short, Encoding.UTF8.GetBytes(value));
            request.Int(Long, number);
            request.Bool(Short, true);
            request.Event(7, "note", Short, note);
            request.Status(SpanStatus.Error, message);
            request.End();
            expected.Add($"{trace} {id} {parent} {name} {value} {value} {number} True {note} {message}");
        }

        Assert.Equal(expected.Count, request.Count);
        byte[] bytes = request.Close().ToArray();
        var batch = new SpanBatch();
        Assert.Equal(new(true, expected.Count, 0, ""), OtlpTraces.Decode(Bytes.Whole(bytes), batch));

        Assert.Equal(expected, Enumerable.Range(0, batch.Count).Select(row => Tell(batch, row)));
        Assert.Equal(("shop", "v1"), (Encoding.UTF8.GetString(batch[0].ServiceName), Encoding.UTF8.GetString(batch[0].ServiceVersion)));
        Assert.Equal(("meshinsight.proxy", "1.2.3"), (batch.Symbols.GetString(batch.Scopes[0].Name), batch.Symbols.GetString(batch.Scopes[0].Version)));
        // The other encoder's lengths are minimal.
        var again = new ArrayBufferWriter<byte>();
        OtlpTraces.Encode(batch, again);
        Assert.Equal(again.WrittenCount, bytes.Length);
    });

    [Fact]
    public void LogRecords_OfAnyLength_AreReadAsWritten() => Property.ForAll(500, random =>
    {
        var request = new LogRequest(Source);
        var expected = new List<string>();
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            var trace = random.Next(2) == 0 ? default : new TraceId(3, (ulong)random.NextInt64());
            string line = Text(random) + ".";
            string value = Text(random);
            var severity = random.Next(3) switch { 0 => LogSeverity.Info, 1 => LogSeverity.Warn, _ => LogSeverity.Error };
            request.Begin(9, severity, "mesh.request"u8, Encoding.UTF8.GetBytes(line), trace, new((ulong)random.Next(2)), 1);
            request.Text(Long, value);
            request.Int(Short, value.Length);
            request.End();
            expected.Add($"{trace} {(int)severity} {severity.ToString().ToUpperInvariant()} mesh.request {line} {value} {value.Length}");
        }

        byte[] bytes = request.Close().ToArray();
        var batch = new LogBatch();
        Assert.Equal(new(true, expected.Count, 0, ""), OtlpLogs.Decode(Bytes.Whole(bytes), batch));

        Assert.Equal(expected, Enumerable.Range(0, batch.Count).Select(row =>
        {
            var log = batch.Logs[row];
            return $"{log.TraceId} {log.SeverityNumber} {batch.Symbols.GetString(log.SeverityText)} {batch.Symbols.GetString(log.EventName)} {batch.Text.GetString(log.Body)} "
                + $"{batch.Text.GetString(batch.Attributes.Text(log.Attributes.Start))} {batch.Attributes.Int(log.Attributes.Start + 1)}";
        }));
        var again = new ArrayBufferWriter<byte>();
        OtlpLogs.Encode(batch, again);
        Assert.Equal(again.WrittenCount, bytes.Length);
    });

    [Fact]
    public void Request_Cleared_StartsAnewInTheSameMemory()
    {
        var request = new SpanRequest(Source);
        Write(request);
        byte[] first = request.Close().ToArray();
        request.Clear();
        Assert.Equal((0, 0), (request.Count, request.SizeBytes));

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            request.Clear();
            Write(request);
            request.Close();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(first, request.Close());

        static void Write(SpanRequest request)
        {
            request.Begin(new(1, 2), new(3), default, SpanKind.Server, 4, 5, 1, default);
            request.Name("GET /cart");
            request.Text(Short, "x");
            request.End();
        }
    }

    [Fact]
    public void Key_TooLong_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new AttributeKey(new string('a', 111)));

    private static string Tell(SpanBatch batch, int row)
    {
        var span = batch[row];
        int first = span.Attributes.Start;
        var attributes = batch.Attributes;
        string note = batch.Text.GetString(attributes.Text(batch.Events[batch.EventRows[row].Start].Attributes.Start));
        return $"{span.TraceId} {span.SpanId} {span.ParentId} {Encoding.UTF8.GetString(span.Name)} {batch.Text.GetString(attributes.Text(first))} {batch.Text.GetString(attributes.Text(first + 1))} "
            + $"{attributes.Int(first + 2)} {attributes.Bool(first + 3)} {note} {batch.Text.GetString(batch.StatusMessages[row])}";
    }

    // Around the lengths whose own length takes a byte more.
    private static string Text(Random random)
    {
        int length = random.Next(6) switch { 0 => 1, 1 => random.Next(1, 20), 2 => random.Next(100, 140), 3 => random.Next(1, 300), 4 => random.Next(16_300, 16_400), _ => 5 };
        return new string([.. Enumerable.Range(0, length).Select(_ => random.Next(50) == 0 ? 'ä' : (char)random.Next('a', 'z'))]);
    }
}
