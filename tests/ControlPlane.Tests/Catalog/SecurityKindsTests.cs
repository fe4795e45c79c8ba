using MeshInsight.Contracts.Mesh;
using MeshInsight.ControlPlane.Catalog;
using MeshInsight.ControlPlane.Publish;

namespace MeshInsight.ControlPlane.Tests.Catalog;

public sealed class SecurityKindsTests
{
    private const string Good = """
        apiVersion: meshinsight.io/v1
        kind: PeerAuthentication
        metadata: { name: strict }
        spec:
          targetRefs: [{ group: "", kind: Service, name: checkout }]
          mtls: { mode: STRICT }
          portLevelMtls: { "8080": { mode: DISABLE } }
        ---
        apiVersion: meshinsight.io/v1
        kind: AuthorizationPolicy
        metadata: { name: callers, annotations: { meshinsight.io/dry-run: "true", team: shop } }
        spec:
          targetRefs: [{ kind: Service, name: checkout }]
          action: DENY
          rules:
            - from: [{ source: { notPrincipals: ["mesh.local/ns/default/sa/web"] } }]
              to: [{ operation: { methods: [POST], paths: ["/admin*"], ports: ["8080"] } }]
              when: [{ key: "request.headers[x-team]", values: ["shop*"] }]
        ---
        apiVersion: meshinsight.io/v1
        kind: RequestAuthentication
        metadata: { name: jwt }
        spec:
          jwtRules:
            - issuer: https://issuer.example
              audiences: [shop]
              jwks: '{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}'
              forwardOriginalToken: true
        """;

    [Fact]
    public void Read_AllThreeKinds_ReachTheSnapshotAndItsWire()
    {
        var problems = new List<ResourceProblem>();
        var resources = ResourceReader.Read(Shop.Services + "\n---\n" + Good, "good.yaml", problems);
        ReferenceChecker.Check(resources, problems);
        Assert.Empty(problems);

        var security = SnapshotCompiler.Compile(1, new CatalogState(resources), [], TrafficShares.None).Security;

        var peers = Assert.Single(security.PeerAuthentications);
        Assert.Equal((TlsMode.Strict, TlsMode.Disable), (peers.Mode, peers.Ports[8080]));
        var policy = Assert.Single(security.Policies);
        Assert.Equal((PolicyAction.Deny, true, "checkout"), (policy.Action, policy.IsDryRun, policy.Services.Single()));
        Assert.Equal(["mesh.local/ns/default/sa/web"], policy.Rules[0].From[0].Principals.None);
        Assert.True(Assert.Single(security.JwtRules).ForwardToken);
        var wire = SecurityWire.Write(security);
        Assert.Equal("/admin*", wire.Policies[0].Rules[0].To[0].Paths.Any.Single());
        Assert.Equal("https://issuer.example", wire.JwtRules[0].Issuer);
    }

    [Theory]
    [InlineData("PeerAuthentication", "mtls: { mode: SOMETIMES }", "spec.mtls.mode")]
    [InlineData("PeerAuthentication", "portLevelMtls: { http: { mode: STRICT } }", "spec.portLevelMtls.http")]
    [InlineData("PeerAuthentication", "targetRefs: [{ kind: Service, name: nowhere }]", "spec.targetRefs")]
    [InlineData("AuthorizationPolicy", "action: CUSTOM", "spec.action")]
    [InlineData("AuthorizationPolicy", "rules: [{ to: [{ operation: { paths: [\"/a*b\"] } }] }]", "spec.rules[0].to[0].operation.paths")]
    [InlineData("AuthorizationPolicy", "rules: [{ to: [{ operation: { paths: [\"*a*\"] } }] }]", "spec.rules[0].to[0].operation.paths")]
    [InlineData("AuthorizationPolicy", "rules: [{ to: [{ operation: { ports: [\"http\"] } }] }]", "spec.rules[0].to[0].operation.ports")]
    [InlineData("AuthorizationPolicy", "rules: [{ from: [{ principals: [\"x\"] }] }]", "spec.rules[0].from[0].source")]
    [InlineData("AuthorizationPolicy", "rules: [{ when: [{ key: request.weather, values: [\"rain\"] }] }]", "spec.rules[0].when[0].key")]
    [InlineData("AuthorizationPolicy", "rules: [{ when: [{ key: source.ip }] }]", "spec.rules[0].when[0].values")]
    [InlineData("RequestAuthentication", "jwtRules: [{ issuer: me, jwks: \"{}\" }]", "spec.jwtRules[0].jwks")]
    [InlineData("RequestAuthentication", "jwtRules: [{ jwks: \"x\" }]", "spec.jwtRules[0].issuer")]
    [InlineData("RequestAuthentication", "jwtRules: [{ issuer: me }]", "spec.jwtRules[0].jwks")]
    [InlineData("RequestAuthentication", "jwtRules: [{ issuer: me, jwksUri: \"https://issuer.test/keys\" }]", "spec.jwtRules[0].jwksUri")]
    [InlineData("RequestAuthentication", "jwtRules: [{ issuer: me, jwksUri: \"file://host/keys\" }]", "spec.jwtRules[0].jwksUri")]
    [InlineData("RequestAuthentication", "jwtRules: [{ issuer: me, jwksUri: keys.json }]", "spec.jwtRules[0].jwksUri")]
    public void Read_WhatCannotBeMeant_IsRefusedWhereItStands(string kind, string spec, string field)
    {
        var problems = new List<ResourceProblem>();
        string text = $"apiVersion: meshinsight.io/v1\nkind: {kind}\nmetadata: {{ name: bad }}\nspec: {{ {spec} }}\n";

        ReferenceChecker.Check(ResourceReader.Read(text, "bad.yaml", problems), problems);

        Assert.Contains(problems, p => p.Field == field);
    }

    [Fact]
    public void Check_TwoPeerAuthenticationsOfOneService_AreRefused()
    {
        var problems = new List<ResourceProblem>();
        string one = "apiVersion: meshinsight.io/v1\nkind: PeerAuthentication\nmetadata: { name: one }\nspec: { mtls: { mode: STRICT } }\n";

        ReferenceChecker.Check(ResourceReader.Read(one + "---\n" + one.Replace("one", "two", StringComparison.Ordinal), "two.yaml", problems), problems);

        Assert.Contains(problems, p => p.Message.Contains("the whole mesh has the PeerAuthentication \"one\" already", StringComparison.Ordinal));
    }
}
