using MeshInsight.Portal.Tests.Demo;
using MeshInsight.Portal.ViewModels;

namespace MeshInsight.Portal.Tests.ViewModels;

public class LayeredLayoutTests
{
    private static readonly LayoutSpacing Spacing = new(100, 40, 60, 20);

    [Fact]
    public void Callers_StandLeftOfTheirCallees()
    {
        var (nodes, edges) = Shop();
        var places = LayeredLayout.Of(nodes, edges, Spacing).Nodes.ToDictionary(n => n.Id);
        Assert.Equal(nodes.Count, places.Count);
        Assert.All(edges, e => Assert.True(places[e.Item1].X < places[e.Item2].X, $"{e.Item1} → {e.Item2}"));
    }

    [Fact]
    public void Nodes_DoNotOverlap()
    {
        var (nodes, edges) = Shop();
        var placed = LayeredLayout.Of(nodes, edges, Spacing).Nodes;
        Assert.All(placed, a => Assert.All(placed.Where(b => b.Id != a.Id && b.Layer == a.Layer), b => Assert.True(Math.Abs(a.Y - b.Y) >= Spacing.NodeHeight)));
    }

    [Fact]
    public void OrderOfInput_ChangesNothing()
    {
        var (nodes, edges) = Shop();
        var first = LayeredLayout.Of(nodes, edges, Spacing);
        var second = LayeredLayout.Of(Enumerable.Reverse(nodes), Enumerable.Reverse(edges), Spacing);
        Assert.Equal(first.Nodes.OrderBy(n => n.Id), second.Nodes.OrderBy(n => n.Id));
    }

    [Fact]
    public void CircleOfCalls_IsDrawnWithOneEdgeBack() =>
        Assert.Single(LayeredLayout.Of(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a")], Spacing).Edges, e => e.IsBack);

    [Fact]
    public void NoNodes_IsEmpty() => Assert.Empty(LayeredLayout.Of([], [], Spacing).Nodes);

    private static (List<string> Nodes, List<(string, string)> Edges) Shop()
    {
        var edges = DemoMesh.Calls.Where(c => c.Source.Length > 0).Select(c => (c.Source, c.Destination)).ToList();
        return ([.. edges.SelectMany(e => new[] { e.Source, e.Destination }).Distinct()], edges);
    }
}
