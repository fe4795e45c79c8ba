using System.Globalization;

namespace MeshInsight.Benchmarks.Replay;

/// <summary>One injected fault.</summary>
/// <param name="RootService">Where it was injected.</param>
internal readonly record struct ReplayCase(string Id, long InjectUnixSeconds, string RootService);

/// <param name="CaseId">The fault in whose time the trace starts; empty outside.</param>
internal readonly record struct TraceLabel(string CaseId, bool IsAbnormal);

/// <summary>What is known about a set and what a model under test must not see.</summary>
internal sealed class ReplayLabels
{
    private ReplayLabels(IReadOnlyList<ReplayCase> cases, IReadOnlyList<(long Start, long End)> ignored, IReadOnlyDictionary<string, TraceLabel> traces)
    {
        Cases = cases;
        Ignored = ignored;
        Traces = traces;
    }

    public IReadOnlyList<ReplayCase> Cases { get; }

    /// <summary>Times, Unix seconds, that are neither normal nor a known fault.</summary>
    public IReadOnlyList<(long Start, long End)> Ignored { get; }

    public IReadOnlyDictionary<string, TraceLabel> Traces { get; }

    /// <returns>Null without <c>cases.csv</c> or <c>trace_labels.csv.gz</c>.</returns>
    public static ReplayLabels? Read(string directory)
    {
        string cases = Path.Combine(directory, "cases.csv");
        string traces = Path.Combine(directory, "trace_labels.csv.gz");
        string ignored = Path.Combine(directory, "ignore_windows.csv");
        return !File.Exists(cases) || !File.Exists(traces)
            ? null
            : new(
                [.. Rows(cases, "case_id", "inject_unix_s", "root_service").Select(cells => new ReplayCase(cells[0], Whole(cells[1]), cells[2]))],
                File.Exists(ignored) ? [.. Rows(ignored, "start_unix_s", "end_unix_s").Select(cells => (Whole(cells[0]), Whole(cells[1])))] : [],
                Rows(traces, "trace_id", "case_id", "abnormal").ToDictionary(cells => cells[0], cells => new TraceLabel(cells[1], cells[2] == "1")));
    }

    /// <summary>Whether a trace that starts then says something about normal times.</summary>
    public bool IsNormal(double unixSeconds) =>
        !Cases.Any(fault => fault.InjectUnixSeconds - 15 <= unixSeconds && unixSeconds < fault.InjectUnixSeconds + 330)
        && !Ignored.Any(window => window.Start <= unixSeconds && unixSeconds < window.End);

    private static long Whole(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<string[]> Rows(string file, params string[] columns)
    {
        string[] header = Header(file).Split(',');
        int[] places = [.. columns.Select(column => Array.IndexOf(header, column) is var at and >= 0 ? at : throw new InvalidDataException($"{file} has no column {column}."))];
        return ReplaySet.ReadLines(file).Select(line =>
        {
            string[] cells = line.Split(',');
            return places.Select(place => cells[place]).ToArray();
        });
    }

    private static string Header(string file) => ReplaySet.ReadLines(file, skipHeader: false).First();
}
