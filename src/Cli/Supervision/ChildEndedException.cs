namespace MeshInsight.Cli.Supervision;

/// <summary>A child ended although it was needed.</summary>
internal sealed class ChildEndedException(string name, int exitCode, IReadOnlyList<string> lastLines, string logPath)
    : Exception($"{name} ended with code {exitCode}{(lastLines.Count > 0 ? ": " + lastLines[^1] : "")} (log: {logPath})")
{
    public int ExitCode { get; } = exitCode;
}
