using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Native;

/// <summary><c>Map(K, V)</c>: the bytes of <c>Array(Tuple(K, V))</c>: ends, then all keys as one column, then all values as one column.</summary>
internal sealed class MapColumn(string type, NativeColumn keys, NativeColumn values) : NativeColumn(type)
{
    private readonly NumberColumn<ulong> _ends = new("UInt64");

    public NativeColumn Keys => keys;

    public NativeColumn Values => values;

    /// <summary>Writes the keys and values of attributes whose ends the caller has written.</summary>
    /// <param name="range">From a row of <paramref name="rows"/> to rows of the batch's attribute table.</param>
    public static void WriteItems<TRows>(NativeWriter writer, TelemetryBatch batch, TRows rows, int count, Func<TRows, int, RowRange> range)
    {
        int items = 0;
        for (int row = 0; row < count; row++)
        {
            items += range(rows, row).Count;
        }

        var taken = writer.Scratch(items);
        int next = 0;
        for (int row = 0; row < count; row++)
        {
            var attributes = range(rows, row);
            batch.Attributes.Keys.Slice(attributes.Start, attributes.Count).CopyTo(taken[next..]);
            next += attributes.Count;
        }

        LowCardinalityColumn.Write(writer, batch.Symbols, taken);
        for (int row = 0; row < count; row++)
        {
            var attributes = range(rows, row);
            for (int place = attributes.Start; place < attributes.End; place++)
            {
                AttributeText.Write(writer, batch, place);
            }
        }
    }

    public override async ValueTask ReadPrefixAsync(NativeInput input, CancellationToken cancel)
    {
        await keys.ReadPrefixAsync(input, cancel);
        await values.ReadPrefixAsync(input, cancel);
    }

    public override async ValueTask ReadAsync(NativeInput input, int rows, CancellationToken cancel)
    {
        await _ends.ReadAsync(input, rows, cancel);
        int items = ArrayColumn.CountItems(_ends, rows);
        await keys.ReadAsync(input, items, cancel);
        await values.ReadAsync(input, items, cancel);
    }

    public Range Range(int row) => (row == 0 ? 0 : (int)_ends.Int(row - 1))..(int)_ends.Int(row);
}
