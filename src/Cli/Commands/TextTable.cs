namespace MeshInsight.Cli.Commands;

/// <summary>Columns of text for people and for <c>awk</c>: no frames, no colours.</summary>
internal sealed class TextTable(IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows)
{
    public static TextTable Of<T>(IEnumerable<T> items, params (string Header, Func<T, string> Cell)[] columns) => new(
        [.. columns.Select(column => column.Header)],
        [.. items.Select(item => (IReadOnlyList<string>)[.. columns.Select(column => column.Cell(item))])]);

    public void WriteTo(TextWriter output)
    {
        var all = rows.Prepend(header).ToList();
        var widths = header.Select((_, column) => all.Max(row => row[column].Length)).ToList();
        foreach (var row in all)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
