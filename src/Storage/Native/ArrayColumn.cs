namespace MeshInsight.Storage.Native;

/// <summary><c>Array(T)</c>: for each row the end of its items (UInt64, cumulative), then all items as one column of T. Nested columns are arrays too.</summary>
internal sealed class ArrayColumn(string type, NativeColumn items) : NativeColumn(type)
{
    private readonly NumberColumn<ulong> _ends = new("UInt64");

    public NativeColumn Items => items;

    public override ValueTask ReadPrefixAsync(NativeInput input, CancellationToken cancel) => items.ReadPrefixAsync(input, cancel);

    public override async ValueTask ReadAsync(NativeInput input, int rows, CancellationToken cancel)
    {
        await _ends.ReadAsync(input, rows, cancel);
        await items.ReadAsync(input, CountItems(_ends, rows), cancel);
    }

    public Range Range(int row) => (row == 0 ? 0 : (int)_ends.Int(row - 1))..(int)_ends.Int(row);

    /// <summary>Checks the ends and returns how many items follow.</summary>
    internal static int CountItems(NumberColumn<ulong> ends, int rows)
    {
        ulong before = 0;
        foreach (ulong end in ends.Values[..rows])
        {
            if (end < before || end > NativeBlockReader.MaxRows)
            {
                throw new NativeFormatException($"An array ends at {end} after one that ended at {before}.");
            }

            before = end;
        }

        return (int)before;
    }
}
