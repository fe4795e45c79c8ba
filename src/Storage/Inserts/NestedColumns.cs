using System.Buffers;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Native;

namespace MeshInsight.Storage.Inserts;

/// <summary>
/// Sub-columns of Nested (events, links, exemplars, quantiles): arrays whose rows have the same lengths. <c>range</c> gives a row's items in a side
/// table, <c>item</c> functions take a row of that table.
/// </summary>
internal static class NestedColumns
{
    public static BlockColumn<TRows> Number<TRows, T>(string name, string type, Func<TRows, int, RowRange> range, Func<TRows, int, T> item)
        where TRows : BatchRows
        where T : unmanaged =>
        new(name, $"Array({type})", (writer, rows) =>
        {
            BatchColumns.WriteEnds(writer, rows, rows.Count, range);
            ForItems(writer, rows, range, (w, r, place) => w.WriteNumbers<T>([item(r, place)]));
        });

    public static BlockColumn<TRows> Text<TRows>(string name, Func<TRows, int, RowRange> range, Action<NativeWriter, TRows, int> write)
        where TRows : BatchRows =>
        new(name, "Array(String)", (writer, rows) =>
        {
            BatchColumns.WriteEnds(writer, rows, rows.Count, range);
            ForItems(writer, rows, range, write);
        });

    public static BlockColumn<TRows> Symbol<TRows>(string name, Func<TRows, int, RowRange> range, Func<TRows, int, int> symbol)
        where TRows : BatchRows =>
        new(name, $"Array({BatchColumns.LowText})", (writer, rows) =>
        {
            LowCardinalityColumn.WritePrefix(writer);
            BatchColumns.WriteEnds(writer, rows, rows.Count, range);
            var taken = writer.Scratch(CountItems(rows, range));
            int next = 0;
            for (int row = 0; row < rows.Count; row++)
            {
                var items = range(rows, row);
                for (int item = items.Start; item < items.End; item++)
                {
                    taken[next++] = symbol(rows, item);
                }
            }

            LowCardinalityColumn.Write(writer, rows.Batch.Symbols, taken);
        });

    public static BlockColumn<TRows> Attributes<TRows>(string name, Func<TRows, int, RowRange> range, Func<TRows, int, RowRange> attributes)
        where TRows : BatchRows =>
        new(name, $"Array({BatchColumns.Attributes})", (writer, rows) =>
        {
            LowCardinalityColumn.WritePrefix(writer);
            BatchColumns.WriteEnds(writer, rows, rows.Count, range);
            int count = CountItems(rows, range);
            int[] places = ArrayPool<int>.Shared.Rent(count);
            try
            {
                FillPlaces(rows, range, places);
                var items = new ItemPlaces<TRows>(rows, places, attributes);
                BatchColumns.WriteEnds(writer, items, count, ItemPlaces<TRows>.Attributes);
                MapColumn.WriteItems(writer, rows.Batch, items, count, ItemPlaces<TRows>.Attributes);
            }
            finally
            {
                ArrayPool<int>.Shared.Return(places);
            }
        });

    private static void ForItems<TRows>(NativeWriter writer, TRows rows, Func<TRows, int, RowRange> range, Action<NativeWriter, TRows, int> write)
        where TRows : BatchRows
    {
        for (int row = 0; row < rows.Count; row++)
        {
            var items = range(rows, row);
            for (int item = items.Start; item < items.End; item++)
            {
                write(writer, rows, item);
            }
        }
    }

    private static int CountItems<TRows>(TRows rows, Func<TRows, int, RowRange> range)
        where TRows : BatchRows
    {
        int items = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            items += range(rows, row).Count;
        }

        return items;
    }

    private static void FillPlaces<TRows>(TRows rows, Func<TRows, int, RowRange> range, int[] places)
        where TRows : BatchRows
    {
        int next = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            var items = range(rows, row);
            for (int item = items.Start; item < items.End; item++)
            {
                places[next++] = item;
            }
        }
    }

    /// <summary>Items of all rows as rows of their own.</summary>
    private sealed class ItemPlaces<TRows>(TRows rows, int[] places, Func<TRows, int, RowRange> attributes)
    {
        public static readonly Func<ItemPlaces<TRows>, int, RowRange> Attributes = static (items, i) => items.Of(i);

        private RowRange Of(int item) => attributes(rows, places[item]);
    }
}
