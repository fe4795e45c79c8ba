using MeshInsight.Portal.ViewModels;

namespace MeshInsight.Portal.Tests.ViewModels;

public class FiguresTests
{
    [Theory]
    [InlineData(0.21, "21 %")]
    [InlineData(0.002, "0.2 %")]
    [InlineData(0, "0 %")]
    [InlineData(0.00001, "< 0.01 %")]
    [InlineData(0.99999, "99.99 %")]
    [InlineData(double.NaN, "–")]
    public void Share_IsReadable_AndNeverRoundsToAllOrNothing(double share, string expected) =>
        Assert.Equal(expected, Figures.Share(share).Replace('\u00a0', ' '));

    [Theory]
    [InlineData(97.31, "97.3 ms")]
    [InlineData(3.404, "3.40 ms")]
    [InlineData(1240, "1,240 ms")]
    [InlineData(12_400, "12.4 s")]
    [InlineData(double.NaN, "–")]
    public void Millis_HasThreeDigitsAndItsUnit(double millis, string expected) =>
        Assert.Equal(expected, Figures.Millis(millis).Replace('\u00a0', ' '));
}
