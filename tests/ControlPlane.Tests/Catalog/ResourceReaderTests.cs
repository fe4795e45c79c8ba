using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Catalog;

public class ResourceReaderTests
{
    [Fact]
    public void Read_DesignExample_UnderstandsEveryField()
    {
        var problems = new List<ResourceProblem>();
        var resources = ResourceReader.Read(string.Join("\n---\n", Shop.Services, Shop.Route, Shop.Rollout, Shop.Remediation), "shop.yaml", problems);

        Assert.Empty(problems);
        Assert.Equal(["Service", "Service", "HTTPRoute", "Rollout", "Remediation"], resources.Select(r => r.Kind));
        var checkout = Assert.IsType<ServiceConfig>(resources[0].Config);
        Assert.Equal(["v1", "v2"], checkout.Versions);
        Assert.Equal(new PortConfig("http", 80, ClusterProtocol.Http), Assert.Single(checkout.Ports));
        var rule = Assert.IsType<HttpRouteConfig>(resources[2].Config).Rules[0];
        Assert.Equal(TimeSpan.FromSeconds(2), rule.Timeout);
        Assert.Equal(TimeSpan.FromMilliseconds(500), rule.TryTimeout);
        Assert.Equal([502, 503], rule.Retry.Codes);
        Assert.Equal("7", rule.Matches[1].Match.Headers[0].Value);
        var rollout = Assert.IsType<RolloutConfig>(resources[3].Config);
        Assert.Equal([10, 50, 100], rollout.Steps);
        Assert.Equal(OnHarm.RollBack, rollout.OnHarm);
        var remediation = Assert.IsType<RemediationConfig>(resources[4].Config);
        Assert.Equal([SignalKind.Errors, SignalKind.Latency], remediation.Signals);
        Assert.Equal((0.9, 5, 34, 6), (remediation.Confidence, remediation.KeepPercent, remediation.MaxInstancesPercent, remediation.MaxActionsPerHour));
    }

    [Fact]
    public void Read_ManyMistakes_ListsEveryOneWithItsPlaceAndWhatIsAllowed()
    {
        const string yaml = """
            apiVersion: meshinsight.io/v1
            kind: Service
            metadata: { name: Check_out }
            spec:
              ports:
                - { port: 99999, protocol: HTTTP, prot: 1 }
              versions: [1.0, v2, v2]
              colour: blue
            ---
            apiVersion: v1
            kind: Rollout
            metadata: { name: r }
            spec:
              service: checkout
              stable: v1
              steps: [10, 5, 200]
              judge: { alpha: 0.7, signals: [errors, cpu] }
              onHarm: Explode
            ---
            kind: Deployment
            metadata: {}
            """;
        var problems = new List<ResourceProblem>();
        var resources = ResourceReader.Read(yaml, "bad.yaml", problems);

        Assert.Empty(resources);
        AssertProblem(problems, 0, "metadata.name", "DNS name");
        AssertProblem(problems, 0, "spec.ports[0].port", "65535");
        AssertProblem(problems, 0, "spec.ports[0].protocol", "HTTTP", "HTTP", "HTTP2", "GRPC", "TCP", "TLS");
        AssertProblem(problems, 0, "spec.ports[0].prot", "not a known field", "name", "port", "protocol");
        AssertProblem(problems, 0, "spec.versions[0]", "must be a text, but is the number 1.0. Write it in quotes");
        AssertProblem(problems, 0, "spec.versions", "lists \"v2\" twice");
        AssertProblem(problems, 0, "spec.colour", "not a known field", "ports", "versions", "defaultVersion");
        AssertProblem(problems, 1, "apiVersion", "\"v1\"", "meshinsight.io/v1");
        AssertProblem(problems, 1, "spec.canary", "is required");
        AssertProblem(problems, 1, "spec.steps[2]", "from 1 to 100");
        AssertProblem(problems, 1, "spec.steps", "must grow, but 5 follows 10");
        AssertProblem(problems, 1, "spec.judge.alpha", "0.7");
        AssertProblem(problems, 1, "spec.judge.signals", "cpu", "errors", "latency");
        AssertProblem(problems, 1, "spec.onHarm", "Explode", "RollBack", "Hold", "Propose");
        AssertProblem(problems, 2, "kind", "Deployment", "Service", "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "Rollout", "Remediation", "TrafficPolicy", "PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication", "RateLimit", "FaultInjection", "Gateway", "ExternalService");
        AssertProblem(problems, 2, "apiVersion", "is required");
        AssertProblem(problems, 2, "metadata.name", "is required");
        AssertProblem(problems, 2, "spec", "is required");
        Assert.Equal(6, problems.Single(p => p.Field == "spec.ports[0].port").Line);
        Assert.Equal("Check_out", problems[0].Name);
    }

    [Theory]
    [InlineData("a: [1, 2", "is not YAML")]
    [InlineData("kind: &a Service\nspec: *a", "anchors and aliases")]
    [InlineData("- a\n- b", "must be a mapping")]
    [InlineData("kind: Service\nkind: Service", "is given twice")]
    [InlineData("\"just a text\"", "must be a mapping")]
    public void Read_NotAResource_SaysWhatItIs(string yaml, string message)
    {
        var problems = new List<ResourceProblem>();
        ResourceReader.Read(yaml, "x.yaml", problems);

        Assert.Contains(problems, p => p.Message.Contains(message, StringComparison.Ordinal) && p.Line >= 0);
    }

    [Theory]
    [InlineData("{ type: RegularExpression, value: '(?=a)b' }", "lookarounds")]
    [InlineData("{ type: RegularExpression, value: '(' }", "not a regular expression")]
    [InlineData("{ value: cart }", "must start with")]
    [InlineData("{ type: Suffix, value: /a }", "Suffix")]
    public void Read_PathNoSidecarCouldMatch_IsRefused(string path, string message)
    {
        string yaml = $"""
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: ["name"]
            spec:
              parentRefs: [{"{"} kind: Service, name: a {"}"}]
              rules:
                - matches: [{"{"} path: {path} {"}"}]
                  backendRefs: [{"{"} name: a {"}"}]
            """;
        var problems = new List<ResourceProblem>();
        ResourceReader.Read(yaml, "x.yaml", problems);

        Assert.Contains(problems, p => p.Message.Contains(message, StringComparison.Ordinal) && p.Field.StartsWith("spec.rules[0].matches[0].path", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_AnyGarbage_AnswersWithProblemsAndDoesNotThrow() => Property.ForAll(300, random =>
    {
        const string alphabet = "abk:{}[],-\n  \"'|>&*!#%@`~\t01.?";
        string good = Shop.Services;
        var text = good.ToCharArray().ToList();
        for (int i = random.Next(1, 30); i > 0; i--)
        {
            int at = random.Next(text.Count);
            if (random.Next(2) == 0)
            {
                text[at] = alphabet[random.Next(alphabet.Length)];
            }
            else
            {
                text.RemoveAt(at);
            }
        }

        var problems = new List<ResourceProblem>();
        ResourceReader.Read(new string([.. text]), "garbage.yaml", problems);
        Assert.All(problems, p => Assert.NotEmpty(p.Message));
    });

    private static void AssertProblem(List<ResourceProblem> problems, int document, string field, string message, params string[] allowed)
    {
        var found = problems.Where(p => p.Document == document && p.Field == field && p.Message.Contains(message, StringComparison.Ordinal)).ToList();
        Assert.True(found.Count == 1, $"expected one problem of document {document} {field} with \"{message}\" among:\n{string.Join('\n', problems)}");
        if (allowed.Length > 0)
        {
            Assert.Equal(allowed, found[0].Allowed);
        }
    }
}
