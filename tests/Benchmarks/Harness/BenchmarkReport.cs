using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshInsight.Benchmarks.Harness;

/// <summary>The figures of one run, as a table and as JSON.</summary>
internal static class BenchmarkReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, WriteIndented = true };

    public static string Table(IReadOnlyList<BenchmarkRow> rows)
    {
        string[] names = [.. rows.SelectMany(row => row.Figures).Select(Title).Distinct()];
        List<string[]> cells = [["case", "CPU s", .. names]];
        foreach (var row in rows)
        {
            cells.Add([row.Case, Number(row.CpuSeconds), .. names.Select(name => row.Figures.Where(figure => Title(figure) == name).Select(figure => Number(figure.Value)).FirstOrDefault(""))]);
        }

        int[] widths = [.. Enumerable.Range(0, names.Length + 2).Select(column => cells.Max(line => line[column].Length))];
        var table = new StringBuilder();
        foreach (string[] line in cells)
        {
            table.AppendLine(string.Join("  ", line.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).TrimEnd());
        }

        return table.ToString();
    }

    public static void Write(string file, IBenchmark benchmark, IReadOnlyList<BenchmarkRow> rows) =>
        File.WriteAllText(file, JsonSerializer.Serialize(new { benchmark = benchmark.Name, machine = Machine(), rows }, Json));

    public static string Machine() => $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";

    private static string Title(Figure figure) => figure.Unit.Length == 0 ? figure.Name : $"{figure.Name} [{figure.Unit}]";

    // Three significant digits, without an exponent.
    private static string Number(double value)
    {
        int digits = value == 0 || !double.IsFinite(value) ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 9);
        return value.ToString("N" + digits, CultureInfo.InvariantCulture);
    }
}
