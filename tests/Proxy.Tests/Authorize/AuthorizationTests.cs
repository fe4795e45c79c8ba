using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Tests.Authorize;

public sealed class AuthorizationTests
{
    private const string Key = """{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}""";

    [Fact]
    public async Task Inbound_CallerThatNoPolicyAllows_Gets403WithTheReasonInAnswerLogAndFlags()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        int reached = 0;
        var app = await rig.StartAppAsync(context => context.Response.WriteAsync($"reached {Interlocked.Increment(ref reached)}"));
        var checkout = await MeshRig.IdentifiedAsync(rig.StartServiceAsync("checkout", "v1", app, change: o => o with { AccessLog = AccessLogMode.Errors }));
        var web = await MeshRig.IdentifiedAsync(rig.StartCallerAsync());
        var admin = await MeshRig.IdentifiedAsync(rig.StartSidecarAsync(new() { Service = "admin", Version = "v1" }));
        var snapshot = rig.Secure(Snapshot(checkout));
        snapshot.Security.Policies.Add(Allow($"{TestAuthority.TrustDomain}/ns/default/sa/web"));
        await rig.PublishAsync(3, snapshot);
        using var good = MeshRig.Client(web);
        using var bad = MeshRig.Client(admin);

        Assert.Equal("reached 1", await good.GetStringAsync(new Uri("/cart", UriKind.Relative)));
        using var refused = await bad.GetAsync(new Uri("/cart", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("UAEX", refused.Headers.GetValues("x-mesh-response-flags").Single());
        Assert.Equal("no AuthorizationPolicy allows it at checkout (UAEX)\n", await refused.Content.ReadAsStringAsync());
        Assert.Equal(1, reached);
        var line = Assert.Single(await rig.StopAndReadLogAsync(checkout), l => l.GetProperty("reporter").GetString() == "destination");
        Assert.Equal("UAEX", line.GetProperty("response_flags").GetString());
        Assert.Equal("no AuthorizationPolicy allows it at checkout (UAEX)", line.GetProperty("response_code_details").GetString());
        Assert.Equal(TestAuthority.IdOf("admin"), line.GetProperty("downstream_peer_uri_san").GetString());
    }

    [Fact]
    public async Task Inbound_GrpcCallThatIsRefused_GetsPermissionDenied()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(_ => Task.CompletedTask, HttpProtocols.Http2), ClusterProtocol.Grpc);
        var caller = await rig.StartCallerAsync();
        var snapshot = Snapshot(checkout, ClusterProtocol.Grpc);
        snapshot.Security = new() { Policies = { Allow("nobody") } };
        await rig.PublishAsync(2, snapshot);
        using var client = MeshRig.Client(caller, major: 2);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/shop.Cart/Get") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent([0, 0, 0, 0, 0]) };
        request.Content.Headers.ContentType = new("application/grpc");

        using var response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("7", response.Headers.GetValues("grpc-status").Single());
        Assert.Contains("no AuthorizationPolicy allows it", response.Headers.GetValues("grpc-message").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_DryRunAndAudit_PassWithALineInTheLogOfErrors()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("ok")), change: o => o with { AccessLog = AccessLogMode.Errors });
        var snapshot = Snapshot(checkout);
        var dry = Allow("nobody");
        dry.DryRun = true;
        snapshot.Security = new() { Policies = { dry } };
        await rig.PublishAsync(1, snapshot);
        using var client = new HttpClient { BaseAddress = checkout.Url(ListenerSide.Inbound) };

        Assert.Equal("ok", await client.GetStringAsync(new Uri("/", UriKind.Relative)));

        var line = Assert.Single(await rig.StopAndReadLogAsync(checkout));
        Assert.Equal("dry run: no AuthorizationPolicy allows it at checkout", line.GetProperty("policy_note").GetString());
    }

    [Fact]
    public async Task Inbound_TokenOfAnIssuerThatIsNamed_MustBeGoodAndIsKeptFromTheApp()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync($"auth:{context.Request.Headers.Authorization}")));
        var snapshot = Snapshot(checkout);
        snapshot.Security = new() { JwtRules = { new JwtRule { Name = "jwt", Issuer = "joe", Jwks = Key } } };
        await rig.PublishAsync(1, snapshot);
        using var client = new HttpClient { BaseAddress = checkout.Url(ListenerSide.Inbound) };

        Assert.Equal("auth:", await client.GetStringAsync(new Uri("/", UriKind.Relative)));
        client.DefaultRequestHeaders.Authorization = new("Bearer", "e30.e30.AAAA");
        using var refused = await client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("Bearer error=\"invalid_token\"", refused.Headers.WwwAuthenticate.ToString());
        Assert.StartsWith("the token ", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshot_PolicyThatIsNotUnderstood_IsRefusedWhole()
    {
        await using var rig = await MeshRig.StartAsync();
        await rig.StartCallerAsync();
        var snapshot = MeshConfig.Of([], []);
        var policy = Allow("x");
        policy.Rules[0].When.Add(new Control.V1.PolicyCondition { Key = "request.weather", Values = new() { Any = { "rain" } } });
        snapshot.Security = new() { TrustDomain = "Mesh", Roots = { Google.Protobuf.ByteString.CopyFromUtf8("x") }, Policies = { policy }, JwtRules = { new JwtRule { Name = "jwt", Jwks = "{}" } } };

        rig.Control.Publish(snapshot);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var answer = await rig.Control.Answers.Reader.ReadAsync(limit.Token);
        Assert.False(answer.Accepted);
        Assert.Equal(4, answer.Problems.Count);
    }

    private static Snapshot Snapshot(Sidecar checkout, ClusterProtocol protocol = ClusterProtocol.Http) =>
        MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", protocol, checkout)]);

    private static AuthorizationPolicy Allow(string principal)
    {
        var rule = new Control.V1.PolicyRule();
        rule.From.Add(new Control.V1.SourceMatch { Principals = new() { Any = { principal } } });
        return new() { Name = "callers", Services = { "checkout" }, Rules = { rule } };
    }
}
