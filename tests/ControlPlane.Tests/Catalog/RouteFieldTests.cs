using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Tests.Catalog;

public class RouteFieldTests
{
    private static (HttpRouteConfig? Route, IReadOnlyList<ResourceProblem> Problems) Read(string rule, string kind = "HTTPRoute", string spec = "")
    {
        string yaml = $$"""
            apiVersion: gateway.networking.k8s.io/v1
            kind: {{kind}}
            metadata: { name: r }
            spec:
              parentRefs: [{ kind: Service, name: a }]
              {{spec}}
              rules:
                - { {{rule}} }
            """;
        var problems = new List<ResourceProblem>();
        var resources = ResourceReader.Read(yaml, "r.yaml", problems);
        return (resources.Select(r => r.Config).OfType<HttpRouteConfig>().FirstOrDefault(), problems);
    }

    [Fact]
    public void Read_EveryFilter_Understands()
    {
        var (route, problems) = Read("""
            filters: [
              { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: A, value: "1" }, { name: a, value: "2" }], remove: [b] } },
              { type: URLRewrite, urlRewrite: { hostname: h.example, path: { type: ReplacePrefixMatch, replacePrefixMatch: "" } } },
              { type: RequestMirror, requestMirror: { backendRef: { name: m, version: v2 }, percent: 5 } },
              { type: RequestMirror, requestMirror: { backendRef: { name: m } } }],
            backendRefs: [{ name: a }]
            """.ReplaceLineEndings(" "));

        Assert.Empty(problems);
        var filters = route!.Rules[0].Filters;
        // Of two entries for one name the first counts.
        Assert.Equal([new HeaderValue("A", "1")], filters.Request!.Set);
        Assert.Equal(new RewriteConfig("h.example", new(PathChangeKind.ReplacePrefixMatch, "")), filters.Rewrite);
        Assert.Equal([("v2", 5, 100), ("", 100, 100)], filters.Mirrors.Select(m => (m.Backend.Version, m.Numerator, m.Denominator)));
    }

    [Theory]
    [InlineData("filters: [{ type: CORS }], backendRefs: [{ name: a }]", "filters[0].type", "CORS")]
    [InlineData("filters: [{ type: URLRewrite }], backendRefs: [{ name: a }]", "filters[0].urlRewrite", "required")]
    [InlineData("filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: x } } }], backendRefs: [{ name: a }]", "filters[0].urlRewrite.path.replacePrefixMatch", "must be a path")]
    [InlineData("filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replacePrefixMatch: /x } } }], backendRefs: [{ name: a }]", "filters[0].urlRewrite.path.replaceFullPath", "required")]
    [InlineData("filters: [{ type: URLRewrite, urlRewrite: { hostname: '*.a' } }], backendRefs: [{ name: a }]", "filters[0].urlRewrite.hostname", "DNS name")]
    [InlineData("filters: [{ type: URLRewrite, urlRewrite: {} }, { type: RequestRedirect, requestRedirect: {} }]", "filters", "exclude each other")]
    [InlineData("filters: [{ type: RequestRedirect, requestRedirect: {} }], backendRefs: [{ name: a }]", "backendRefs", "RequestRedirect")]
    [InlineData("filters: [{ type: RequestRedirect, requestRedirect: { statusCode: 305 } }]", "filters[0].requestRedirect.statusCode", "305")]
    [InlineData("filters: [{ type: RequestHeaderModifier, requestHeaderModifier: {} }, { type: RequestHeaderModifier, requestHeaderModifier: {} }], backendRefs: [{ name: a }]", "filters[1].type", "second time")]
    [InlineData("filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [Host] } }], backendRefs: [{ name: a }]", "filters[0].requestHeaderModifier.remove", "URLRewrite")]
    [InlineData("filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: Content-Length, value: '1' }] } }], backendRefs: [{ name: a }]", "filters[0].requestHeaderModifier.set[0].name", "belongs")]
    [InlineData("filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { add: [{ name: 'a b', value: '1' }] } }], backendRefs: [{ name: a }]", "filters[0].responseHeaderModifier.add[0].name", "not the name")]
    [InlineData("filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: m }, fraction: { numerator: 3, denominator: 2 } } }], backendRefs: [{ name: a }]", "filters[0].requestMirror.fraction.numerator", "from 0 to 2")]
    [InlineData("filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: m }, percent: 1, fraction: { numerator: 1 } } }], backendRefs: [{ name: a }]", "filters[0].requestMirror.percent", "fraction")]
    [InlineData("matches: [{ path: { type: Exact, value: /a } }], filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplacePrefixMatch, replacePrefixMatch: /b } } }], backendRefs: [{ name: a }]", "filters", "PathPrefix")]
    [InlineData("backendRefs: [{ name: a, filters: [{ type: URLRewrite, urlRewrite: {} }] }]", "backendRefs[0].filters[0].type", "URLRewrite")]
    [InlineData("matches: [{ queryParams: [{ name: q, type: RegularExpression, value: '(' }] }], backendRefs: [{ name: a }]", "matches[0].queryParams[0].value", "not a regular expression")]
    [InlineData("filters: []", "backendRefs", "required")]
    public void Read_WrongField_SaysWhichAndWhy(string rule, string field, string message)
    {
        var (_, problems) = Read(rule);

        Assert.Contains(problems, p => p.Field == "spec.rules[0]." + field && p.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_Hostnames_AreRefusedForAService()
    {
        var (_, problems) = Read("backendRefs: [{ name: a }]", spec: "hostnames: [a.example]");

        Assert.Contains("means nothing", Assert.Single(problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("method: { service: a.B, method: C }", PathMatchKind.Exact, "/a.B/C", 3, 1)]
    [InlineData("method: { service: a.B }", PathMatchKind.Prefix, "/a.B", 3, 0)]
    [InlineData("method: { method: C }", PathMatchKind.Regex, "/[^/]+/C", 0, 1)]
    [InlineData("method: { type: RegularExpression, service: 'a|b', method: C }", PathMatchKind.Regex, "/(?:a|b)/(?:C)", 3, 1)]
    [InlineData("headers: [{ name: h, value: x }]", PathMatchKind.Prefix, "/", 0, 0)]
    public void Read_GrpcMatch_BecomesAPath(string match, PathMatchKind kind, string path, int serviceLength, int methodLength)
    {
        var (route, problems) = Read($"matches: [{{ {match} }}], backendRefs: [{{ name: a }}]", "GRPCRoute");

        Assert.Empty(problems);
        var read = route!.Rules[0].Matches[0];
        Assert.Equal((kind, path, serviceLength, methodLength), (read.Match.PathKind, read.Match.Path, read.ServiceLength, read.MethodLength));
    }

    [Theory]
    [InlineData("matches: [{ method: {} }], backendRefs: [{ name: a }]", "matches[0].method.service", "service or method")]
    [InlineData("matches: [{ method: { service: a/b } }], backendRefs: [{ name: a }]", "matches[0].method.service", "full name")]
    [InlineData("matches: [{ path: { value: /a } }], backendRefs: [{ name: a }]", "matches[0].path", "not a known field")]
    [InlineData("filters: [{ type: RequestRedirect, requestRedirect: {} }], backendRefs: [{ name: a }]", "filters[0].type", "RequestRedirect")]
    public void Read_WrongGrpcField_SaysWhichAndWhy(string rule, string field, string message)
    {
        var (_, problems) = Read(rule, "GRPCRoute");

        Assert.Contains(problems, p => p.Field == "spec.rules[0]." + field && p.Message.Contains(message, StringComparison.Ordinal));
    }
}
