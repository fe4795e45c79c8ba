using MeshInsight.Proxy.Edge;
using MeshInsight.Proxy.Match;

namespace MeshInsight.Proxy.Tests.Edge;

public sealed class EdgePathsTests
{
    [Theory]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/a//b///c", "/a/b/c")]
    [InlineData("/a\\b", "/a/b")]
    [InlineData("/a/..%2Fb", "/b")]
    [InlineData("/..%2f..%2F", "/")]
    [InlineData("//", "/")]
    [InlineData("/a//", "/a/")]
    [InlineData("/a//..", "/")]
    public void Normalize_LeavesOneReading(string path, string normalized) => Assert.Equal(normalized, EdgePaths.Normalize(path));

    [Theory]
    [InlineData("/a%2Fb", true)]
    [InlineData("/a%5cb?x", true)]
    [InlineData("/a?x=%2F", false)]
    [InlineData("/a%20b", false)]
    public void HasEscapedSlash_LooksAtThePathOnly(string target, bool has) => Assert.Equal(has, EdgePaths.HasEscapedSlash(target));

    [Theory]
    [InlineData("shop.example.com", "exact")]
    [InlineData("SHOP.example.com", "exact")]
    [InlineData("a.shop.example.com", "long")]
    [InlineData("a.b.example.com", "short")]
    [InlineData("example.com", "any")]
    [InlineData("", "any")]
    [InlineData("....", "any")]
    public void HostTable_FindsTheMostSpecific(string host, string found) => Assert.Equal(
        found,
        new HostTable<string>([("", "any"), ("*.example.com", "short"), ("*.shop.example.com", "long"), ("shop.example.com", "exact")]).Find(host));
}
