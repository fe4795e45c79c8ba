namespace MeshInsight.Storage.Native;

/// <summary>
/// Blocks of a Native body without revision (what HTTP sends):
/// <code>
/// VarUInt columns, VarUInt rows, then per column: String name, String type, data (absent when rows = 0)
/// </code>
/// Every block repeats the header of the first; one that differs is not a block, most likely an error text.
/// </summary>
internal sealed class NativeBlockReader(NativeInput input)
{
    /// <summary>Rows of a block and items of an array; the engine sends 65 thousand.</summary>
    public const int MaxRows = 64 * 1024 * 1024;
    private const int MaxColumns = 1000;

    private readonly List<NativeColumn> _columns = [];
    private readonly List<string> _names = [];

    public IReadOnlyList<NativeColumn> Columns => _columns;

    public IReadOnlyList<string> Names => _names;

    /// <returns>Rows of the next block, which may be 0; -1 at the end of the body.</returns>
    public async ValueTask<int> ReadBlockAsync(CancellationToken cancel)
    {
        if (!await input.FillAsync(1, cancel))
        {
            return -1;
        }

        ulong columns = await input.ReadVarUIntAsync(cancel);
        ulong rows = await input.ReadVarUIntAsync(cancel);
        bool first = _columns.Count == 0;
        if (columns > MaxColumns || rows > MaxRows || (!first && columns != (ulong)_columns.Count))
        {
            throw new NativeFormatException($"A block of {columns} columns and {rows} rows where {_columns.Count} columns were expected.");
        }

        for (int i = 0; i < (int)columns; i++)
        {
            await ReadColumnAsync(i, (int)rows, first, cancel);
        }

        return (int)rows;
    }

    private async ValueTask ReadColumnAsync(int index, int rows, bool first, CancellationToken cancel)
    {
        string name = await input.ReadTextAsync(cancel);
        string type = await input.ReadTextAsync(cancel);
        if (first)
        {
            _names.Add(name);
            _columns.Add(NativeType.Column(type));
        }
        else if (name != _names[index] || type != _columns[index].Type)
        {
            throw new NativeFormatException($"Column {index} is {_names[index]} {_columns[index].Type} in the first block and {name} {type} in a later one.");
        }

        if (rows > 0)
        {
            await _columns[index].ReadPrefixAsync(input, cancel);
            await _columns[index].ReadAsync(input, rows, cancel);
        }
    }
}
