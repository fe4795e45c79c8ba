using MeshInsight.Storage.Client;
using MeshInsight.Storage.Native;

namespace MeshInsight.Storage.Inserts;

/// <summary>One column of a block: what it is called, its ClickHouse type, and how it is written for all rows at once.</summary>
internal sealed record BlockColumn<TRows>(string Name, string Type, Action<NativeWriter, TRows> Write);

/// <summary>How rows of one kind become a Native block of one table. The list of columns is also the INSERT's, so they cannot differ.</summary>
internal sealed class Block<TRows>(string table, Func<TRows, int> count, IReadOnlyList<BlockColumn<TRows>> columns)
{
    private readonly string[] _names = [.. columns.Select(c => c.Name)];

    public TableInsert Insert(TRows rows) => new(table, _names, count(rows), (stream, cancel) => WriteAsync(rows, stream, cancel));

    private async Task WriteAsync(TRows rows, Stream stream, CancellationToken cancel)
    {
        using var writer = new NativeWriter(stream);
        writer.WriteVarUInt((ulong)columns.Count);
        writer.WriteVarUInt((ulong)count(rows));
        foreach (var column in columns)
        {
            TextColumn.Write(writer, column.Name);
            TextColumn.Write(writer, column.Type);
            if (count(rows) > 0)
            {
                column.Write(writer, rows);
            }

            await writer.FlushIfLargeAsync(cancel);
        }

        await writer.FlushAsync(cancel);
    }
}
