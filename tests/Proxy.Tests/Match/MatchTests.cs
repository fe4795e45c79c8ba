using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Match;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Match;

public sealed class MatchTests
{
    private static RouteConfig Route(string name, params RouteMatch[] matches) =>
        new(name, "checkout", matches, [new("checkout/v1", 1)], default, default, RetryConfig.None);

    private static RouteMatch Path(PathMatchKind kind, string path, string method = "", params HeaderMatch[] headers) => new(kind, path, method, headers);

    private static RequestHead Head(string path, string method = "GET", string service = "checkout", IHeaderDictionary? headers = null, string query = "", int port = 0, bool isGrpc = false) =>
        new() { Service = service, Port = port, Method = method, Path = path, Query = query, Headers = headers ?? new HeaderDictionary(), IsGrpc = isGrpc };

    private static RouteTable Table(params RouteConfig[] routes) => RouteTable.Compile(new(1, routes, []), RouteTable.Empty, new ManualTimeProvider());

    private static string? Match(RouteConfig[] routes, string path, string method = "GET", params (string, string)[] headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var (name, value) in headers)
        {
            dictionary[name] = value;
        }

        return Table(routes).Match(Head(path, method, headers: dictionary)).Route?.Config.Name;
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
    public void HeaderThatIsNotThere_MatchesNoExpression()
    {
        var route = Route("r", Path(PathMatchKind.Prefix, "/", "", new HeaderMatch("x-user", ".*", true)));

        Assert.Null(Match([route], "/"));
        Assert.NotNull(Match([route], "/", "GET", ("x-user", "")));
    }

    [Theory]
    [InlineData("?id=7", true)]
    [InlineData("?a=b&id=7&c", true)]
    [InlineData("?%69d=%37", true)]
    [InlineData("?id=7&id=8", true)]
    [InlineData("?id=8&id=7", false)]
    [InlineData("?id=77", false)]
    [InlineData("?ID=7", false)]
    [InlineData("?id", false)]
    [InlineData("", false)]
    public void QueryParameter_MatchesItsFirstValueDecoded(string query, bool expected)
    {
        var route = Route("r", new RouteMatch(PathMatchKind.Prefix, "/", "", []) { Query = [new("id", "7", false)] });
        var regex = Route("r", new RouteMatch(PathMatchKind.Prefix, "/", "", []) { Query = [new("id", "[0-7]", true)] });

        Assert.Equal(expected, Table(route).Match(Head("/", query: query)).Route is not null);
        Assert.Equal(expected, Table(regex).Match(Head("/", query: query)).Route is not null);
    }

    [Theory]
    [InlineData(0, "first")]
    [InlineData(8080, "first")]
    [InlineData(9090, "second")]
    [InlineData(80, "any")]
    [InlineData(7, "any")]
    public void PortOfTheAuthority_ChoosesAmongRoutesOfPorts(int port, string expected)
    {
        var table = RouteTable.Compile(
            new(1, [Route("first") with { Port = 8080 }, Route("second") with { Port = 9090 }, Route("any")], []) { Services = [new("checkout", [8080, 9090])] },
            RouteTable.Empty,
            new ManualTimeProvider());

        Assert.Equal(expected, table.Match(Head("/", port: port)).Route?.Config.Name);
    }

    [Fact]
    public void RoutesWithoutPorts_TakeAnyPort() => Assert.NotNull(Table(Route("r")).Match(Head("/", port: 12345)).Route);

    [Fact]
    public void GrpcRoute_TakesGrpcRequestsOnly()
    {
        var table = Table(Route("grpc") with { IsGrpcOnly = true }, Route("rest"));

        Assert.Equal("grpc", table.Match(Head("/a.B/C", isGrpc: true)).Route?.Config.Name);
        Assert.Equal("rest", table.Match(Head("/a.B/C")).Route?.Config.Name);
    }

    [Theory]
    [InlineData("checkout.mesh:8080", 8080)]
    [InlineData("checkout", 0)]
    [InlineData("checkout:", 0)]
    [InlineData("checkout:99999", 0)]
    [InlineData("[::1]", 0)]
    [InlineData("[::1]:81", 81)]
    public void Authority_NamesAPort(string authority, int port) => Assert.Equal(port, Authority.Port(authority));

    [Fact]
    public void Template_IsTheRulesPath_NeverTheRequests()
    {
        var table = Table(Route("r", Path(PathMatchKind.Prefix, "/cart")), Route("all", Path(PathMatchKind.Prefix, "/")));

        Assert.Equal("/cart", table.Match(Head("/cart/77")).Template);
        Assert.Null(table.Match(Head("/77", service: "CHECKOUT")).Template);
        Assert.Null(table.Match(Head("/77", service: "other")).Route);
    }
}
