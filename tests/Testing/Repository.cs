namespace MeshInsight.Testing;

/// <summary>Where things are in the working tree that the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>npm packages that tests drive our servers with; `./mesh test` installs them.</summary>
    public static string Clients => Path.Combine(Root, "tests", "clients");

    /// <summary>The built program of a src or demo project, of the same configuration as the tests; in Release the published one, which is what `./mesh` runs.</summary>
    public static string ProgramPath(string project, string? assembly = null)
    {
        string file = (assembly ?? "MeshInsight." + project) + ".dll";
        string published = Path.Combine(Root, "artifacts", "publish", project, Configuration, file);
        return Configuration == "release" && File.Exists(published) ? published : Path.Combine(Root, "artifacts", "bin", project, Configuration, file);
    }

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Name;

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "MeshInsight.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"MeshInsight.sln is in no folder above {AppContext.BaseDirectory}.");
    }
}
