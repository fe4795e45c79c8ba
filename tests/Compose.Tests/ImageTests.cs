using System.Text.RegularExpressions;
using MeshInsight.Testing;

namespace MeshInsight.Compose.Tests;

public sealed partial class ImageTests
{
    public static TheoryData<string> Targets => [.. ImageFile.Ours.Stages.Values.Where(s => s.From == "runtime").Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_ByItsProject_StartsWhatTheProjectBuilds(string target)
    {
        var (copied, assembly) = ImageFile.Ours.Program(target);
        string folder = ImageFile.Ours.Published[copied];
        string project = Path.Combine(Repository.Root, folder, copied + ".csproj");
        Assert.True(File.Exists(project), $"{ImageFile.Path} publishes {folder}, and there is no {project}.");
        var named = NamedAssembly().Match(File.ReadAllText(project));
        Assert.Equal(named.Success ? named.Groups[1].Value : "MeshInsight." + copied, assembly);
    }

    [Fact]
    public void Stages_FromAndCopy_NameStagesThatExist()
    {
        var stages = ImageFile.Ours.Stages;
        var named = stages.Values.SelectMany(s => s.Instructions).SelectMany(i => FromStage().Matches(i)).Select(m => m.Groups[1].Value);
        Assert.All(named, name => Assert.Contains(name, stages.Keys));
        Assert.All(stages.Values, stage => Assert.True(stages.ContainsKey(stage.From) || stage.From.Contains(':', StringComparison.Ordinal), $"FROM {stage.From} has neither a stage nor a tag."));
    }

    [Fact]
    public void Stages_CopyFromTheTree_NameFilesThatExist()
    {
        var copied = ImageFile.Ours.Stages.Values.SelectMany(s => s.Instructions).Select(i => TreeCopy().Match(i)).Where(m => m.Success).SelectMany(m => m.Groups[1].Value.TrimEnd().Split(' '));
        Assert.All(copied, path => Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), $"{ImageFile.Path} copies {path}."));
    }

    [Fact]
    public void Runtime_AnyTarget_RunsWithoutPrivileges()
    {
        Assert.Contains("USER $APP_UID", ImageFile.Ours.Stages["runtime"].Instructions);
        Assert.All(ImageFile.Ours.Stages.Values, stage => Assert.DoesNotContain(stage.Instructions, i => i is "USER root" or "USER 0"));
    }

    [Fact]
    public void EngineLibrary_InItsImage_IsWhereTheProgramLooks()
    {
        Assert.Contains("COPY --from=packages /packages/node_modules/@chdb node_modules/@chdb", ImageFile.Ours.Stages["embedded-clickhouse"].Instructions);
        Assert.Contains("\"node_modules\", \"@chdb\"", SourceText.Of("src/EmbeddedClickHouse"));
    }

    [GeneratedRegex("<AssemblyName>(.+)</AssemblyName>")]
    private static partial Regex NamedAssembly();

    [GeneratedRegex(@"--from=(\S+)")]
    private static partial Regex FromStage();

    [GeneratedRegex(@"^COPY (?:--chmod=\d+ )?((?:[\w./-]+ )+)\S+$")]
    private static partial Regex TreeCopy();
}
