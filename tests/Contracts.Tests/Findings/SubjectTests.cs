using MeshInsight.Contracts.Findings;

namespace MeshInsight.Contracts.Tests.Findings;

public sealed class SubjectTests
{
    [Theory]
    [InlineData(SubjectScope.Service, "checkout")]
    [InlineData(SubjectScope.Version, "checkout v2")]
    [InlineData(SubjectScope.Instance, "checkout instance c-1")]
    [InlineData(SubjectScope.Edge, "checkout → payment")]
    public void ToString_OfEachScope_NamesWhatItIsAbout(SubjectScope scope, string expected) =>
        Assert.Equal(expected, new Subject(scope, "checkout", "v2", "c-1", "payment").ToString());
}
