using MeshInsight.Cli.Layout;

namespace MeshInsight.Cli.Commands;

/// <summary>What must be right before the first child is started.</summary>
internal static class StartChecks
{
    /// <returns>True when something is in the way; it has been told then.</returns>
    public static bool Refuse(IEnumerable<PortClaim> ports, TextWriter errors)
    {
        var problems = PortCheck.Problems(ports);
        foreach (string problem in problems)
        {
            errors.WriteLine(problem);
        }

        return problems.Count > 0;
    }

    /// <returns>The programs that are not built, as one message; null when all are there.</returns>
    public static string? MissingPrograms(IEnumerable<string> projects)
    {
        var missing = projects.Where(project => !File.Exists(MeshLayout.ProgramPath(project))).ToList();
        return missing.Count == 0
            ? null
            : $"Not built: {string.Join(", ", missing)} (looked in {Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(MeshLayout.ProgramPath(missing[0]))))}). Build with: dotnet build MeshInsight.sln -c Release";
    }
}
