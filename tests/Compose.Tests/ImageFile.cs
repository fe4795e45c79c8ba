using System.Text.RegularExpressions;
using MeshInsight.Testing;

namespace MeshInsight.Compose.Tests;

/// <summary>One stage of deploy/Dockerfile.</summary>
internal sealed record ImageStage(string Name, string From, IReadOnlyList<string> Instructions);

/// <summary>deploy/Dockerfile, read line by line.</summary>
internal sealed partial class ImageFile
{
    public const string Path = "deploy/Dockerfile";

    private ImageFile(IReadOnlyDictionary<string, ImageStage> stages) => Stages = stages;

    public static ImageFile Ours { get; } = Load();

    public IReadOnlyDictionary<string, ImageStage> Stages { get; }

    /// <summary>Folders whose project the build stages publish, by the name under which the targets copy them.</summary>
    public IReadOnlyDictionary<string, string> Published
    {
        get
        {
            var projects = Stages.Values.SelectMany(s => s.Instructions).SelectMany(i => ProjectFolder().Matches(i)).Select(m => m.Value).Distinct();
            return projects.ToDictionary(p => p[(p.LastIndexOf('/') + 1)..]);
        }
    }

    /// <summary>The published program that a target runs: the folder copied, and the assembly started.</summary>
    public (string Copied, string Assembly) Program(string target)
    {
        var instructions = Stages[target].Instructions;
        string copied = instructions.Select(i => CopiedProgram().Match(i)).First(m => m.Success).Groups[1].Value;
        string assembly = instructions.Select(i => StartedAssembly().Match(i)).First(m => m.Success).Groups[1].Value;
        return (copied, assembly);
    }

    private static ImageFile Load()
    {
        string text = File.ReadAllText(System.IO.Path.Combine(Repository.Root, Path)).Replace("\\\n", "", StringComparison.Ordinal);
        var stages = new Dictionary<string, ImageStage>();
        var instructions = new List<string>();
        foreach (string line in text.Split('\n').Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (StageStart().Match(line) is { Success: true } start)
            {
                instructions = [];
                stages.Add(start.Groups[2].Value, new ImageStage(start.Groups[2].Value, start.Groups[1].Value, instructions));
            }
            else
            {
                instructions.Add(line);
            }
        }

        return new ImageFile(stages);
    }

    [GeneratedRegex(@"^FROM (\S+) AS (\S+)$")]
    private static partial Regex StageStart();

    [GeneratedRegex(@"\b(src|demo)/\w+")]
    private static partial Regex ProjectFolder();

    [GeneratedRegex(@"^COPY --from=\S+ /app/(\w+) \.$")]
    private static partial Regex CopiedProgram();

    [GeneratedRegex("""^ENTRYPOINT \["dotnet", "(\S+)\.dll"\]$""")]
    private static partial Regex StartedAssembly();
}
