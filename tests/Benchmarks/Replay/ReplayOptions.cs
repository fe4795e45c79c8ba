namespace MeshInsight.Benchmarks.Replay;

/// <summary>What every bench over recorded telemetry is told.</summary>
/// <param name="Data">Directory with the sets.</param>
/// <param name="Output">Where predictions go for sets without labels.</param>
/// <param name="Markdown">Where the table goes, too.</param>
internal sealed record ReplayOptions(string Data, string Output, string? Markdown)
{
    /// <returns>Null when the arguments make no sense or the directory holds no recorded spans.</returns>
    public static ReplayOptions? Read(ReadOnlySpan<string> arguments)
    {
        var options = new ReplayOptions("", ".", null);
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string? value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            options = (arguments[i], value) switch
            {
                ("--data", { }) => options with { Data = value },
                ("--out", { }) => options with { Output = value },
                ("--markdown", { }) => options with { Markdown = value },
                _ => options with { Data = "" },
            };
        }

        return ReplaySet.Find(options.Data).Any() ? options : null;
    }

    public static string Help(string command) =>
        $"""
        Usage: ./mesh bench {command} --data DIR [--out DIR] [--markdown FILE]

        DIR, or each directory in it, holds one recorded system as gzip CSV with a header, times in UTC:
          spans.csv.gz         trace_id (32 hex), span (1..n in the trace), parent (0 = root), service, operation, start_us, duration_us;
                               grouped by trace, the root first
          cases.csv            case_id, inject_unix_s, root_service: faults and where they were injected (optional: labels)
          trace_labels.csv.gz  trace_id, case_id (of the fault in whose time it starts, or empty), abnormal (0 or 1) (optional: labels)
          ignore_windows.csv   start_unix_s, end_unix_s: neither normal nor a known fault (optional)
        Without labels the kept traces are written as CSV to --out (default: here).

        The recordings that the figures in docs/benchmarks.md come from are not part of this project. The public originals, to be brought into this form:
          https://github.com/IntelligentDDS/Nezha        Online Boutique and Train Ticket with injected faults (MIT)
          https://github.com/IntelligentDDS/TraStrainer  further minutes of the same campaigns
        """;
}
