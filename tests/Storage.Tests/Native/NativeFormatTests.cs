using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Native;
using MeshInsight.Testing;

namespace MeshInsight.Storage.Tests.Native;

/// <summary>Our writer against our reader, in pieces of any size. The engine itself is the other implementation, in the insert and client tests.</summary>
public sealed class NativeFormatTests
{
    [Fact]
    public void LowCardinality_AnySymbolsInAnyPieces_RoundTrip() => Property.ForAll(60, random =>
    {
        var symbols = new SymbolTable();
        int distinct = random.Next(4) switch { 0 => 1, 1 => 200, 2 => 300, _ => 70_000 };
        for (int i = 0; i < distinct; i++)
        {
            symbols.Add(random.Next(20) == 0 ? new string('ü', random.Next(300)) : $"symbol {i}");
        }

        int[] rows = [.. Enumerable.Range(0, random.Next(1, distinct < 1000 ? 500 : 90_000)).Select(_ => random.Next(symbols.Count))];
        byte[] bytes = Block("c", "LowCardinality(String)", rows.Length, writer =>
        {
            LowCardinalityColumn.WritePrefix(writer);
            LowCardinalityColumn.Write(writer, symbols, [.. rows]);
        });

        var column = Read(bytes, random)[0];

        Assert.Equal(rows.Select(symbols.GetString), Enumerable.Range(0, rows.Length).Select(column.Text));
    });

    [Fact]
    public void Text_AnyLengthsInAnyPieces_RoundTrip() => Property.ForAll(100, random =>
    {
        string[] texts = [.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => new string((char)random.Next(32, 3000), random.Next(random.Next(2) == 0 ? 200 : 2)))];
        byte[] bytes = Block("c", "String", texts.Length, writer => Array.ForEach(texts, text => TextColumn.Write(writer, text)));

        var column = Read(bytes, random)[0];

        Assert.Equal(texts, Enumerable.Range(0, texts.Length).Select(column.Text));
    });

    [Fact]
    public void Block_Truncated_IsNotNative() => Property.ForAll(50, random =>
    {
        byte[] bytes = Block("c", "String", 3, writer => Array.ForEach(["a", "bc", "def"], text => TextColumn.Write(writer, text)));
        byte[] cut = bytes[..random.Next(1, bytes.Length)];

        Assert.Throws<NativeFormatException>(() => Read(cut, random));
    });

    [Fact]
    public void Block_Garbage_IsReadOrRefusedButNeverAnythingElse() => Property.ForAll(300, random =>
    {
        byte[] garbage = new byte[random.Next(1, 300)];
        random.NextBytes(garbage);
        garbage[0] = (byte)random.Next(4);

        var failure = Record.Exception(() => Read(garbage, random));

        Assert.True(failure is null or NativeFormatException, failure?.ToString());
    });

    [Fact]
    public void Spans_MoreRows_NotMoreAllocations()
    {
        var small = Storage.Tests.Inserts.SampleSpans.Plain(50);
        var large = Storage.Tests.Inserts.SampleSpans.Plain(5000);
        long Allocated(SpanBatch spans)
        {
            var insert = TelemetryStore.Spans(spans, null);
            for (int warm = 0; warm < 3; warm++)
            {
                Write(insert);
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            Write(insert);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        long few = Allocated(small);
        long many = Allocated(large);

        // Chunks come from a pool that may be short of one; a row costs nothing.
        Assert.True(many - few < 16 * 1024, $"{few} bytes for 50 spans, {many} for 5000.");
    }

    private static void Write(Storage.Client.TableInsert insert) => Assert.True(insert.WriteAsync(Stream.Null, default).IsCompletedSuccessfully);

    private static byte[] Block(string name, string type, int rows, Action<NativeWriter> data)
    {
        using var stream = new MemoryStream();
        using var writer = new NativeWriter(stream);
        writer.WriteVarUInt(1);
        writer.WriteVarUInt((ulong)rows);
        TextColumn.Write(writer, name);
        TextColumn.Write(writer, type);
        data(writer);
        writer.FlushAsync(default).AsTask().GetAwaiter().GetResult();
        return stream.ToArray();
    }

    private static IReadOnlyList<NativeColumn> Read(byte[] bytes, Random random)
    {
        using var input = new NativeInput(new Pieces(bytes, random));
        var reader = new NativeBlockReader(input);
        while (reader.ReadBlockAsync(default).AsTask().GetAwaiter().GetResult() >= 0)
        {
        }

        return reader.Columns;
    }

    /// <summary>A stream that gives its bytes in pieces of random size.</summary>
    private sealed class Pieces(byte[] bytes, Random random) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, random.Next(1, random.Next(3) == 0 ? 4 : 60_000))], cancellationToken);
    }
}
