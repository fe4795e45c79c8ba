using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace MeshInsight.Collector.Meters;

/// <summary>One number of one label value. Thread-safe.</summary>
internal sealed class MeterCell
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public void Add(long by) => Interlocked.Add(ref _value, by);

    public void Set(long value) => Interlocked.Exchange(ref _value, value);
}

/// <summary>The numbers behind <see cref="MeterTable"/>. Labels come from closed enums and table names, so their number is bounded.</summary>
internal sealed class CollectorMeters
{
    private readonly ConcurrentDictionary<(MeterRow Row, string Label), MeterCell> _cells = new();

    public MeterCell this[MeterRow row, string label = ""] => _cells.GetOrAdd((row, label), static _ => new());

    public long Sum(MeterRow row) => _cells.Where(cell => cell.Key.Row == row).Sum(cell => cell.Value.Value);

    /// <summary>Prometheus text format 0.0.4.</summary>
    public string WriteText()
    {
        var text = new StringBuilder();
        var byRow = _cells.ToLookup(cell => cell.Key.Row);
        foreach (var row in MeterTable.Rows)
        {
            string kind = row.Kind == MeterKind.Counter ? "counter" : "gauge";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {row.Name} {row.Description}\n# TYPE {row.Name} {kind}\n");
            if (row.Label.Length == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{row.Name} {this[row].Value}\n");
                continue;
            }

            foreach (var cell in byRow[row].OrderBy(cell => cell.Key.Label, StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"{row.Name}{{{row.Label}=\"{cell.Key.Label}\"}} {cell.Value.Value}\n");
            }
        }

        return text.ToString();
    }
}
