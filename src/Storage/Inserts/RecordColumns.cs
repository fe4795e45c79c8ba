using System.Numerics;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Client;
using MeshInsight.Storage.Native;

namespace MeshInsight.Storage.Inserts;

/// <summary>Columns of plain records by wire type: rows per second and per decision, not per span.</summary>
internal static class RecordColumns
{
    private const string LowText = "LowCardinality(String)";

    public static BlockColumn<IReadOnlyList<T>> Text<T>(string name, Func<T, string> text) =>
        new(name, "String", (writer, rows) =>
        {
            foreach (var row in rows)
            {
                TextColumn.Write(writer, text(row));
            }
        });

    public static BlockColumn<IReadOnlyList<T>> Low<T>(string name, Func<T, string> text) =>
        new(name, LowText, (writer, rows) =>
        {
            LowCardinalityColumn.WritePrefix(writer);
            WriteLow(writer, [.. rows.Select(text)]);
        });

    public static BlockColumn<IReadOnlyList<T>> Lows<T>(string name, Func<T, IReadOnlyCollection<string>> texts) =>
        new(name, $"Array({LowText})", (writer, rows) =>
        {
            LowCardinalityColumn.WritePrefix(writer);
            WriteEnds(writer, rows, row => texts(row).Count);
            WriteLow(writer, [.. rows.SelectMany(texts)]);
        });

    public static BlockColumn<IReadOnlyList<T>> Texts<T>(string name, Func<T, IReadOnlyCollection<string>> texts) =>
        new(name, "Array(String)", (writer, rows) =>
        {
            WriteEnds(writer, rows, row => texts(row).Count);
            foreach (string text in rows.SelectMany(texts))
            {
                TextColumn.Write(writer, text);
            }
        });

    public static BlockColumn<IReadOnlyList<T>> Number<T, TValue>(string name, string type, Func<T, TValue> value)
        where TValue : unmanaged, INumber<TValue> =>
        new(name, type, (writer, rows) =>
        {
            foreach (var row in rows)
            {
                writer.WriteNumbers<TValue>([value(row)]);
            }
        });

    public static BlockColumn<IReadOnlyList<T>> Bool<T>(string name, Func<T, bool> value) =>
        Number<T, byte>(name, "Bool", row => value(row) ? (byte)1 : (byte)0);

    public static BlockColumn<IReadOnlyList<T>> Seconds<T>(string name, Func<T, long> unixSeconds) =>
        Number<T, uint>(name, "DateTime", row => (uint)unixSeconds(row));

    public static BlockColumn<IReadOnlyList<T>> Time<T>(string name, Func<T, DateTimeOffset> time) =>
        Number<T, long>(name, "DateTime64(9)", row => UnixTime.Nanos(time(row)));

    /// <summary>A sketch as <c>LatencySumMicros</c>, <c>LatencyBucket</c> and <c>LatencyCount</c>: the buckets that are not empty.</summary>
    public static BlockColumn<IReadOnlyList<T>>[] Sketch<T>(Func<T, LatencySketch> sketch) =>
    [
        Number<T, double>("LatencySumMicros", "Float64", row => sketch(row).SumMicros),
        Buckets(sketch, "LatencyBucket", "UInt16", static (buckets, place) => (ushort)place),
        Buckets(sketch, "LatencyCount", "UInt64", static (buckets, place) => buckets[place]),
    ];

    private static BlockColumn<IReadOnlyList<T>> Buckets<T, TItem>(Func<T, LatencySketch> sketch, string name, string item, Func<ReadOnlySpan<ulong>, int, TItem> of)
        where TItem : unmanaged =>
        new(name, $"Array({item})", (writer, rows) =>
        {
            WriteEnds(writer, rows, row => sketch(row).Buckets is var all ? all.Length - all.Count(0ul) : 0);
            foreach (var row in rows)
            {
                var buckets = sketch(row).Buckets;
                for (int place = 0; place < buckets.Length; place++)
                {
                    if (buckets[place] != 0)
                    {
                        writer.WriteNumbers<TItem>([of(buckets, place)]);
                    }
                }
            }
        });

    private static void WriteEnds<T>(NativeWriter writer, IReadOnlyList<T> rows, Func<T, int> count)
    {
        ulong end = 0;
        foreach (var row in rows)
        {
            end += (ulong)count(row);
            writer.WriteUInt64(end);
        }
    }

    private static void WriteLow(NativeWriter writer, string[] texts)
    {
        var places = new Dictionary<string, int> { [""] = 0 };
        int[] rows = new int[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            if (!places.TryGetValue(texts[i], out rows[i]))
            {
                places.Add(texts[i], rows[i] = places.Count);
            }
        }

        LowCardinalityColumn.Write(writer, [.. places.Keys], rows);
    }
}
