namespace MeshInsight.Architecture.Tests;

public class DirectionTests
{
    private static readonly DirectionTable Table = DirectionTable.Read();

    private static readonly string[] Names =
        ["Anomaly", "Cli", "Client", "Collector", "Contracts", "ControlPlane", "EmbeddedClickHouse", "Grpc", "Portal", "Proxy", "Storage"];

    public static TheoryData<string> Projects => [.. Names];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesOnlyTheProjectsItsRowNames(string project)
    {
        var allowed = Table["Projects"][project];
        Assert.Empty(CompiledProject.Read(project).Projects.Except(allowed));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Stage_ReferencesOnlyTheStagesItsRowNames(string project)
    {
        var allowed = Table[project];
        var wrong = CompiledProject.Read(project).Stages
            .Where(s => s.Key != CompiledProject.Root)
            .SelectMany(s => s.Value.Where(to => !allowed.GetValueOrDefault(s.Key, []).Contains(to.Key)).Select(to => $"{s.Key} → {to.Key} ({to.Value})"));
        Assert.Empty(wrong);
    }

    [Fact]
    public void Tables_HaveNoCircle()
    {
        foreach (string name in Table.Names)
        {
            var left = Table[name].ToDictionary(r => r.Key, r => new HashSet<string>(r.Value));
            while (left.FirstOrDefault(r => !r.Value.Any(left.ContainsKey)) is { Key: not null } leaf)
            {
                left.Remove(leaf.Key);
            }

            Assert.True(left.Count == 0, $"{name}: a circle among {string.Join(", ", left.Keys)}");
        }
    }

    [Fact]
    public void Tables_NameOnlyStagesThatExist()
    {
        foreach (string project in Names)
        {
            var stages = CompiledProject.Read(project).Stages.Keys.Append(CompiledProject.Root).ToHashSet();
            Assert.Empty(Table[project].SelectMany(r => r.Value.Append(r.Key)).Except(stages).Select(s => $"{project}: {s}"));
        }
    }
}
