using System.Diagnostics;

namespace MeshInsight.Cli.Supervision;

/// <summary>How children are started: in sessions of their own, so that Ctrl-C in the terminal reaches this program only and it can stop them in order.</summary>
internal static class ChildStart
{
    private static readonly string? s_setsid = FindOnPath("setsid");

    /// <summary>The same <c>dotnet</c> that runs this program, or the one on the path when this one was started by its own name.</summary>
    public static string DotNet { get; } =
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <remarks>setsid(1) of util-linux replaces itself by the command, so the process id stays. Where it is missing the child shares our session.</remarks>
    public static ProcessStartInfo OwnSession(string command, IEnumerable<string> arguments) => s_setsid is null
        ? new ProcessStartInfo(command, arguments)
        : new ProcessStartInfo(s_setsid, [command, .. arguments]);

    private static string? FindOnPath(string command) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, command))
            .FirstOrDefault(File.Exists);
}
