using System.Text.Json;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Authorize;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Authorize;

public sealed class CompiledPoliciesTests
{
    private static readonly SpiffeId Web = SpiffeId.ForService("mesh.local", "web");
    private static readonly SpiffeId Admin = SpiffeId.ForService("mesh.local", "admin");

    [Fact]
    public void Decide_NoPolicy_Allows() => Assert.True(Decide([], Web).IsAllowed);

    [Fact]
    public void Decide_OnceAnAllowSelectsTheService_WhatNoneMatchesIsRefused()
    {
        var policy = Policy(PolicyAction.Allow, From("mesh.local/ns/default/sa/web"));

        Assert.True(Decide([policy], Web).IsAllowed);
        Assert.Equal("no AuthorizationPolicy allows it at checkout", Decide([policy], Admin).Refusal);
        Assert.False(Decide([policy], null).IsAllowed);
    }

    [Fact]
    public void Decide_AllowForAnotherService_ChangesNothing() =>
        Assert.True(Decide([Policy(PolicyAction.Allow, From("nobody")) with { Services = ["payment"] }], Web).IsAllowed);

    [Fact]
    public void Decide_AllowWithoutRules_RefusesEverything() => Assert.False(Decide([Policy(PolicyAction.Allow)], Web).IsAllowed);

    [Fact]
    public void Decide_DenyWithoutRules_RefusesNothing() => Assert.True(Decide([Policy(PolicyAction.Deny)], Web).IsAllowed);

    [Fact]
    public void Decide_EmptyRule_MatchesEverything()
    {
        Assert.True(Decide([Policy(PolicyAction.Allow, new PolicyRule([], [], []))], null).IsAllowed);
        Assert.False(Decide([Policy(PolicyAction.Deny, new PolicyRule([], [], []))], Web).IsAllowed);
    }

    [Fact]
    public void Decide_DenyAndAllowMatch_DenyComesFirst()
    {
        var allow = Policy(PolicyAction.Allow, new PolicyRule([], [], []));
        var deny = Policy(PolicyAction.Deny, To(paths: ["/admin/*"])) with { Name = "no-admin" };

        Assert.Equal("AuthorizationPolicy no-admin denies it", Decide([allow, deny], Web, "/admin/users").Refusal);
        Assert.True(Decide([allow, deny], Web, "/cart").IsAllowed);
    }

    [Fact]
    public void Decide_Audit_NotesAndAllows()
    {
        var decision = Decide([Policy(PolicyAction.Audit, To(methods: ["DELETE"])) with { Name = "deletes" }], Web, method: "DELETE");

        Assert.True(decision.IsAllowed);
        Assert.Equal("audited by deletes", decision.Note);
    }

    [Fact]
    public void Decide_DryRun_NotesWhatItWouldRefuseAndLetsItThrough()
    {
        var dry = Policy(PolicyAction.Allow, From("mesh.local/ns/default/sa/admin")) with { IsDryRun = true };

        Assert.Equal((true, "dry run: no AuthorizationPolicy allows it at checkout"), (Decide([dry], Web).IsAllowed, Decide([dry], Web).Note));
        Assert.Equal("", Decide([dry], Admin).Note);
        // One in force beside it decides as if the dry run were not there.
        Assert.False(Decide([dry, Policy(PolicyAction.Allow, From("nobody"))], Admin).IsAllowed);
    }

    [Theory]
    [InlineData("mesh.local/ns/default/sa/web", true)]
    [InlineData("mesh.local/*", true)]
    [InlineData("*/sa/web", true)]
    [InlineData("*", true)]
    [InlineData("other.local/*", false)]
    [InlineData("mesh.local/ns/default/sa/we", false)]
    [InlineData("Mesh.local/ns/default/sa/web", false)]
    public void Decide_Principals_MatchExactlyByPrefixBySuffixOrAtAll(string principal, bool allowed) =>
        Assert.Equal(allowed, Decide([Policy(PolicyAction.Allow, From(principal))], Web).IsAllowed);

    [Fact]
    public void Decide_DenyEveryoneButOne_RefusesAlsoWhoHasNoIdentity()
    {
        var source = new SourceMatch(new([], ["mesh.local/ns/default/sa/web"]), ValueMatch.Anything, ValueMatch.Anything);
        var policy = Policy(PolicyAction.Deny, new PolicyRule([source], [], []));

        Assert.True(Decide([policy], Web).IsAllowed);
        Assert.False(Decide([policy], Admin).IsAllowed);
        Assert.False(Decide([policy], null).IsAllowed);
    }

    [Fact]
    public void Decide_PartsOfARule_MustAllMatch()
    {
        var policy = Policy(PolicyAction.Allow, new PolicyRule(
            [Source("mesh.local/*")],
            [Operation(methods: ["GET"], paths: ["/cart"]), Operation(methods: ["POST"], paths: ["/orders"])],
            [new("request.headers[X-Team]", new(["shop*"], []))]));

        Assert.True(Decide([policy], Web, "/cart", headers: ("x-team", "shop-1")).IsAllowed);
        Assert.True(Decide([policy], Web, "/orders", "POST", ("x-team", "shop-1")).IsAllowed);
        Assert.False(Decide([policy], Web, "/orders", headers: ("x-team", "shop-1")).IsAllowed);
        Assert.False(Decide([policy], Web, "/cart", headers: ("x-team", "bank")).IsAllowed);
        Assert.False(Decide([policy], Web, "/cart").IsAllowed);
    }

    [Fact]
    public void Decide_Ports_AreThoseOfTheApp()
    {
        var operation = new OperationMatch(ValueMatch.Anything, ValueMatch.Anything, ValueMatch.Anything, new(["8080"], []));

        Assert.True(Decide([Policy(PolicyAction.Allow, new PolicyRule([], [operation], []))], Web).IsAllowed);
        Assert.False(Decide([Policy(PolicyAction.Deny, new PolicyRule([], [], [new("destination.port", new(["8080"], []))]))], Web).IsAllowed);
    }

    [Theory]
    [InlineData("request.auth.claims[groups]", "buyers", true)]
    [InlineData("request.auth.claims[groups]", "sellers", false)]
    [InlineData("request.auth.claims[org][unit]", "shop", true)]
    [InlineData("request.auth.claims[org]", "shop", false)]
    [InlineData("request.auth.claims[level]", "7", false)]
    [InlineData("request.auth.principal", "issuer/alice", true)]
    [InlineData("request.auth.audiences", "shop", true)]
    [InlineData("request.auth.presenter", "app", true)]
    [InlineData("source.namespace", "default", true)]
    [InlineData("source.principal", "*/web", true)]
    public void Decide_Conditions_LookAtWhatTheirKeySays(string key, string value, bool allowed)
    {
        using var claims = JsonDocument.Parse("""{"iss":"issuer","sub":"alice","aud":["shop"],"azp":"app","groups":["buyers","staff"],"org":{"unit":"shop"},"level":7}""");
        var policy = Policy(PolicyAction.Allow, new PolicyRule([], [], [new(key, new([value], []))]));

        Assert.Equal(allowed, Decide([policy], Web, token: new JwtClaims(claims.RootElement)).IsAllowed);
        if (key.StartsWith("request.auth", StringComparison.Ordinal))
        {
            Assert.False(Decide([policy], Web).IsAllowed);
        }
    }

    [Theory]
    [InlineData("/admin")]
    [InlineData("//admin")]
    [InlineData("/public//../admin")]
    [InlineData("/public/..;/admin")]
    [InlineData("/public/..;a=b/admin")]
    [InlineData("/admin;x=1")]
    [InlineData("/admin/")]
    [InlineData("/%61dmin")]
    [InlineData("/public%2f..%2fadmin")]
    [InlineData("/public\\..\\admin")]
    [InlineData("/./admin")]
    [InlineData("/public/%2e%2e/admin")]
    public void Decide_TricksWithThePath_FindNoWayAroundADenyOrThroughAnAllow(string path)
    {
        var deny = Policy(PolicyAction.Deny, To(paths: ["/admin", "/admin/*"]));
        var allow = Policy(PolicyAction.Allow, To(paths: ["/public/*"]));

        Assert.False(Decide([deny], Web, path).IsAllowed);
        Assert.False(Decide([allow], Web, path).IsAllowed);
    }

    [Theory]
    [InlineData("/public/a.b/c", "/public/a.b/c")]
    [InlineData("/", "/")]
    [InlineData("/a/../../b", "/b")]
    [InlineData("/a/./b/", "/a/b/")]
    [InlineData("/..", "/")]
    [InlineData("/.well-known/x", "/.well-known/x")]
    [InlineData("/admin./x.. /y. .", "/admin/x/y")]
    [InlineData("/a b", "/a b")]
    [InlineData("", "")]
    public void CanonicalPath_Of_IsTheMostLenientReading(string path, string canonical) => Assert.Equal(canonical, CanonicalPath.Of(path));

    private static PolicyDecision Decide(
        AuthorizationPolicyConfig[] policies, SpiffeId? peer, string path = "/", string method = "GET", (string Name, string Value)? headers = null, JwtClaims? token = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Host = new HostString("checkout.mesh");
        if (headers is { } header)
        {
            context.Request.Headers[header.Name] = header.Value;
        }

        return new CompiledPolicies(policies, "checkout", 8080).Decide(new(context, peer, token, path, null));
    }

    private static AuthorizationPolicyConfig Policy(PolicyAction action, params PolicyRule[] rules) => new("policy", ["checkout"], action, false, rules);

    private static PolicyRule From(string principal) => new([Source(principal)], [], []);

    private static SourceMatch Source(string principal) => new(new([principal], []), ValueMatch.Anything, ValueMatch.Anything);

    private static PolicyRule To(string[]? methods = null, string[]? paths = null) => new([], [Operation(methods, paths)], []);

    private static OperationMatch Operation(string[]? methods = null, string[]? paths = null) =>
        new(ValueMatch.Anything, new(methods ?? [], []), new(paths ?? [], []), ValueMatch.Anything);
}
