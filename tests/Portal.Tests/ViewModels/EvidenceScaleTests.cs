using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.ViewModels;

namespace MeshInsight.Portal.Tests.ViewModels;

public class EvidenceScaleTests
{
    [Theory]
    [InlineData(318, Condition.Failing)]
    [InlineData(double.PositiveInfinity, Condition.Failing)]
    [InlineData(30, Condition.Degraded)]
    [InlineData(0.4, Condition.Ok)]
    [InlineData(double.NaN, Condition.Unknown)]
    public void Condition_FollowsTheBound(double value, Condition expected) =>
        Assert.Equal(expected, Of(value).Condition);

    [Fact]
    public void Position_IsOrderedAndOnTheScale()
    {
        double[] places = [Of(0).Position, Of(0.4).Position, Of(1).NeutralPosition, Of(30).Position, Of(200).BoundPosition, Of(318).Position, Of(double.PositiveInfinity).Position];
        Assert.Equal(places.Order(), places);
        Assert.All(places, p => Assert.InRange(p, 0, 1));
    }

    [Fact]
    public void Sentence_NoEvidence_SaysSo()
    {
        Assert.Equal("no evidence yet", Of(double.NaN).Sentence);
        Assert.Equal("no evidence either way", Of(1).Sentence);
        Assert.StartsWith("harm proven", Of(318).Sentence, StringComparison.Ordinal);
    }

    private static EvidenceScale Of(double value) => new(new EvidenceMeter("errors", value, 200, 1));
}
