using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Cli.Layout;

/// <summary>Where things of one mesh on this machine are: folders, programs, addresses. Two meshes live side by side when their port bases differ.</summary>
/// <param name="Root">The working tree (holds MeshInsight.sln), or the folder the programs were installed to.</param>
/// <param name="PortBase">See <see cref="MeshPorts"/>.</param>
internal sealed record MeshLayout(string Root, int PortBase)
{
    /// <summary>Set to run programs from elsewhere than beside this one: a folder with one folder per program.</summary>
    public const string ProgramsVariable = "MESH_PROGRAMS_DIR";

    /// <summary>Set to keep token, logs and data elsewhere than in .mesh.</summary>
    public const string StateVariable = "MESH_STATE_DIR";

    private const string SolutionName = "MeshInsight.sln";

    /// <summary>Git-ignored. The default base has the short name, others add theirs.</summary>
    public string StateDirectory => Environment.GetEnvironmentVariable(StateVariable) is { Length: > 0 } elsewhere ? Path.GetFullPath(elsewhere)
        : PortBase == MeshPorts.DefaultBase ? Path.Combine(Root, ".mesh")
        : Path.Combine(Root, ".mesh", $"base-{PortBase}");

    public string LogDirectory => Path.Combine(StateDirectory, "logs");

    public string TokenPath => Path.Combine(StateDirectory, "token");

    public string ResourcesDirectory => Path.Combine(StateDirectory, "resources");

    public string DemoDirectory => Path.Combine(Root, "demo");

    public int Port(int offset) => PortBase + offset;

    public Uri Url(int offset) => new($"http://127.0.0.1:{Port(offset)}/");

    /// <summary>A program's state. The demo's is its own, so that every demo starts from nothing and <c>up</c> loses nothing.</summary>
    public string DataDirectory(string program, bool demo) => Path.Combine(StateDirectory, demo ? "demo-data" : "data", program);

    /// <summary>The built program of a project, of the same configuration as this one.</summary>
    public static string ProgramPath(string project)
    {
        string file = $"MeshInsight.{project}.dll";
        if (Environment.GetEnvironmentVariable(ProgramsVariable) is { Length: > 0 } programs)
        {
            return Path.Combine(programs, project, file);
        }

        // artifacts/publish/Cli/release/ or artifacts/bin/Cli/debug/, and its siblings
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, file);
    }

    public static MeshLayout Find(int portBase)
    {
        foreach (string start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
            {
                if (File.Exists(Path.Combine(directory.FullName, SolutionName)))
                {
                    return new MeshLayout(directory.FullName, portBase);
                }
            }
        }

        return new MeshLayout(Environment.CurrentDirectory, portBase);
    }
}
