using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Contracts.Tests.Mesh;

public class HostnamesTests
{
    [Theory]
    [InlineData("shop.example.com", true)]
    [InlineData("*.example.com", true)]
    [InlineData("*.com", true)]
    [InlineData("*", false)]
    [InlineData("a.*.com", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("-a.com", false)]
    [InlineData("a..com", false)]
    [InlineData("a.com:80", false)]
    public void IsValid_TakesDnsNamesWithAWildcardInFront(string hostname, bool isValid) => Assert.Equal(isValid, Hostnames.IsValid(hostname));

    [Theory]
    [InlineData("", "shop.example.com", "shop.example.com")]
    [InlineData("shop.example.com", "", "shop.example.com")]
    [InlineData("*.example.com", "a.b.example.com", "a.b.example.com")]
    [InlineData("*.example.com", "*.b.example.com", "*.b.example.com")]
    [InlineData("shop.example.com", "*.example.com", "shop.example.com")]
    [InlineData("*.example.com", "example.com", null)]
    [InlineData("*.example.com", "notexample.com", null)]
    [InlineData("a.com", "b.com", null)]
    public void Intersect_IsWhatBothStandFor(string one, string other, string? both) => Assert.Equal(both, Hostnames.Intersect(one, other));

    [Fact]
    public void CompareSpecificity_PutsExactBeforeLongBeforeShortBeforeEvery()
    {
        string[] sorted = ["shop.example.com", "a.com", "*.b.example.com", "*.com", ""];

        Assert.Equal(sorted, sorted.Reverse().Order(Comparer<string>.Create(Hostnames.CompareSpecificity)));
    }
}
