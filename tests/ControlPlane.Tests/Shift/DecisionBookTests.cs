using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.History;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Shift;

public sealed class DecisionBookTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Restart_IntendedThenApplied_RemembersTheLastWord()
    {
        using (var book = new DecisionBook(_directory.Path))
        {
            book.Intend(Decision(book.NewId(Now)));
            book.Update(book.Decisions[0] with { AppliedVersion = 7 });
        }

        using var again = new DecisionBook(_directory.Path);
        Assert.Equal(7, Assert.Single(again.Decisions).AppliedVersion);
        Assert.NotEqual(again.Decisions[0].Id, again.NewId(Now));
    }

    [Fact]
    public void Restart_LineCutByACrash_LosesOnlyThatLine()
    {
        string path = _directory.File("decisions.jsonl");
        using (var book = new DecisionBook(_directory.Path))
        {
            book.Intend(Decision("d1"));
            book.Intend(Decision("d2"));
        }

        File.WriteAllText(path, File.ReadAllText(path)[..^40]);
        using (var book = new DecisionBook(_directory.Path))
        {
            Assert.Equal(["d1"], book.Decisions.Select(d => d.Id));
            book.Intend(Decision("d3"));
        }

        using var again = new DecisionBook(_directory.Path);
        Assert.Equal(["d1", "d3"], again.Decisions.Select(d => d.Id));
    }

    private static Decision Decision(string id) =>
        new(id, Now, DecisionKind.RollBack, "checkout-v2", "mesh", "Because.", "{\"kind\":\"HarmProven\"}", "test", 0.01, "", 0, null);
}
