using MeshInsight.Anomaly.Localizers;
using MeshInsight.Contracts.Findings;

namespace MeshInsight.Anomaly.Tests.Localizers;

public class CallGraphLocalizerTests
{
    private static readonly Subject Frontend = new(SubjectScope.Service, "frontend");

    [Fact]
    public void Rank_OneVersionFailsByItself_NamesTheVersion()
    {
        var window = new CallGraphWindow(
            [Node("frontend", "v1", "f1", 1000, 20), Node("checkout", "v1", "c1", 900, 1), Node("checkout", "v2", "c2", 100, 20), Node("payment", "v1", "p1", 980, 0)],
            [Edge("frontend", "v1", "checkout", "v2", "c2", 100, 20, 20), Edge("checkout", "v1", "payment", "v1", "p1", 900, 0, 0), Edge("checkout", "v2", "payment", "v1", "p1", 80, 0, 0)]);

        var cause = CallGraphLocalizer.Rank(window, Frontend)[0];

        Assert.Equal(new Subject(SubjectScope.Version, "checkout", "v2"), cause.Subject);
        Assert.InRange(cause.Score, 0.8, 1);
        Assert.Contains(cause.Evidence, e => e.Contains("20 % of 100 requests failed", StringComparison.Ordinal));
        Assert.Contains(cause.Evidence, e => e.Contains("0 of 980 calls failed", StringComparison.Ordinal));
    }

    [Fact]
    public void Rank_SharedDependencyFails_NamesTheDependencyNotItsCallers()
    {
        var window = new CallGraphWindow(
            [Node("frontend", "v1", "f1", 1000, 300), Node("checkout", "v1", "c1", 900, 270), Node("checkout", "v2", "c2", 100, 30), Node("payment", "v1", "p1", 1000, 300)],
            [Edge("frontend", "v1", "checkout", "v1", "c1", 900, 270, 270), Edge("frontend", "v1", "checkout", "v2", "c2", 100, 30, 30), Edge("checkout", "v1", "payment", "v1", "p1", 900, 270, 270), Edge("checkout", "v2", "payment", "v1", "p1", 100, 30, 30)]);

        var causes = CallGraphLocalizer.Rank(window, Frontend);

        Assert.Equal(new Subject(SubjectScope.Service, "payment"), Assert.Single(causes).Subject);
    }

    [Fact]
    public void Rank_OneInstanceOfSeveralFails_NamesTheInstance()
    {
        var window = new CallGraphWindow(
            [Node("catalog", "v1", "a", 500, 150), Node("catalog", "v1", "b", 500, 1), Node("catalog", "v1", "c", 500, 0)],
            []);

        var cause = CallGraphLocalizer.Rank(window, new(SubjectScope.Instance, "catalog", "v1", "a"))[0];

        Assert.Equal(new Subject(SubjectScope.Instance, "catalog", "v1", "a"), cause.Subject);
    }

    [Fact]
    public void Rank_CalleeThatAnswersNothing_IsNamedFromItsCallersView()
    {
        var window = new CallGraphWindow(
            [Node("checkout", "v1", "c1", 100, 60)],
            [Edge("checkout", "v1", "payment", "v1", "p1", 100, 60, 60)]);

        var cause = CallGraphLocalizer.Rank(window, new(SubjectScope.Service, "checkout"))[0];

        Assert.Equal("payment", cause.Subject.Service);
        Assert.Contains("60 of 100 calls failed", cause.Evidence[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Rank_SlowCallee_TakesTheLatencyBlame()
    {
        var window = new CallGraphWindow(
            [Node("frontend", "v1", "f1", 100, 0, 320, 60), Node("catalog", "v1", "a", 100, 0, 270, 20)],
            [Edge("frontend", "v1", "catalog", "v1", "a", 100, 0, 0, 280, 25)]);

        var cause = CallGraphLocalizer.Rank(window, Frontend, SignalKind.Latency)[0];

        Assert.Equal("catalog", cause.Subject.Service);
        Assert.InRange(cause.Score, 0.8, 1);
    }

    [Fact]
    public void Rank_CallsInACircle_Ends()
    {
        var window = new CallGraphWindow(
            [Node("a", "v1", "a1", 100, 50), Node("b", "v1", "b1", 100, 50)],
            [Edge("a", "v1", "b", "v1", "b1", 100, 50, 50), Edge("b", "v1", "a", "v1", "a1", 100, 50, 25)]);

        Assert.InRange(CallGraphLocalizer.Rank(window, new(SubjectScope.Service, "a")).Sum(c => c.Score), 0.1, 1);
    }

    [Fact]
    public void Rank_NothingDeparts_IsEmpty()
    {
        Assert.Empty(CallGraphLocalizer.Rank(new([Node("frontend", "v1", "f1", 1000, 1)], []), Frontend));
        Assert.Empty(CallGraphLocalizer.Rank(new([], []), Frontend));
    }

    private static NodeStats Node(string service, string version, string instance, long requests, long errors, double p95 = 20, double usualP95 = 20) =>
        new(service, version, instance, requests, errors, p95, 0.001, usualP95);

    private static EdgeStats Edge(string source, string version, string destination, string destinationVersion, string instance, long requests, long errors, long explained, double p95 = 20, double usualP95 = 20) =>
        new(source, version, destination, destinationVersion, instance, requests, errors, p95, 0.001, usualP95, explained);
}
