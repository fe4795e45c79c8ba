using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Match;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests;

public sealed class MatchTests
{
    private static RouteConfig Route(string name, params RouteMatch[] matches) =>
        new(name, "checkout", matches, [new("checkout/v1", 1)], default, default, RetryConfig.None);

    private static RouteMatch Path(PathMatchKind kind, string path, string method = "", params HeaderMatch[] headers) => new(kind, path, method, headers);

    private static string? Match(RouteConfig[] routes, string path, string method = "GET", params (string, string)[] headers)
    {
        var table = RouteTable.Compile(new(1, routes, []), RouteTable.Empty, new ManualTimeProvider());
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            dictionary[name] = value;
        }

        return table.Match("checkout", method, path, dictionary).Route?.Config.Name;
    }

    [Theory]
    [InlineData("checkout.mesh", "checkout")]
    [InlineData("checkout.mesh:8080", "checkout")]
    [InlineData("checkout", "checkout")]
    [InlineData("checkout:80", "checkout")]
    [InlineData("Checkout.MESH.", "Checkout")]
    [InlineData("a.b.mesh", "a.b")]
    [InlineData("[::1]:80", "[::1]")]
    [InlineData("", "")]
    public void Authority_NamesAService(string authority, string service) => Assert.Equal(service, Authority.Service(authority).ToString());

    [Theory]
    [InlineData("/cart", true)]
    [InlineData("/cart/", true)]
    [InlineData("/cart/items", true)]
    [InlineData("/cartoon", false)]
    [InlineData("/", false)]
    public void Prefix_MatchesWholePathElements(string path, bool expected)
    {
        Assert.Equal(expected, Match([Route("r", Path(PathMatchKind.Prefix, "/cart"))], path) is not null);
        Assert.Equal(expected, Match([Route("r", Path(PathMatchKind.Prefix, "/cart/"))], path) is not null);
    }

    [Fact]
    public void RootPrefix_MatchesEverything_AndNoMatchesToo()
    {
        Assert.NotNull(Match([Route("r", Path(PathMatchKind.Prefix, "/"))], "/any/where"));
        Assert.NotNull(Match([Route("r")], "/any/where"));
    }

    [Theory]
    [InlineData("/v1/users/7", true)]
    [InlineData("/v1/users/7/x", false)]
    public void Regex_MatchesTheWholePath(string path, bool expected) =>
        Assert.Equal(expected, Match([Route("r", Path(PathMatchKind.Regex, "/v1/users/[0-9]+"))], path) is not null);

    [Fact]
    public void First_ThatMatches_Wins()
    {
        RouteConfig[] routes = [Route("exact", Path(PathMatchKind.Exact, "/cart")), Route("post", Path(PathMatchKind.Prefix, "/", "POST")), Route("rest")];

        Assert.Equal("exact", Match(routes, "/cart", "POST"));
        Assert.Equal("post", Match(routes, "/other", "POST"));
        Assert.Equal("rest", Match(routes, "/other"));
    }

    [Fact]
    public void Headers_MustAllMatch()
    {
        var route = Route("r", Path(PathMatchKind.Prefix, "/", "", new HeaderMatch("x-user", "7", false), new HeaderMatch("x-version", "v[0-9]", true)));

        Assert.NotNull(Match([route], "/", "GET", ("X-User", "7"), ("x-version", "v2")));
        Assert.Null(Match([route], "/", "GET", ("x-user", "7")));
        Assert.Null(Match([route], "/", "GET", ("x-user", "8"), ("x-version", "v2")));
    }

    [Fact]
    public void Template_IsTheRulesPath_NeverTheRequests()
    {
        var table = RouteTable.Compile(new(1, [Route("r", Path(PathMatchKind.Prefix, "/cart")), Route("all", Path(PathMatchKind.Prefix, "/"))], []), RouteTable.Empty, new ManualTimeProvider());

        Assert.Equal("/cart", table.Match("checkout", "GET", "/cart/77", new HeaderDictionary()).Template);
        Assert.Null(table.Match("CHECKOUT", "GET", "/77", new HeaderDictionary()).Template);
        Assert.Null(table.Match("other", "GET", "/77", new HeaderDictionary()).Route);
    }
}
