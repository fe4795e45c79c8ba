using System.Net;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Observe;

/// <summary>One request explained, to who may ask.</summary>
public sealed class WhyTests
{
    private static readonly string s_key = WhyKey.Of("the mesh token");

    private static async Task<(MeshRig Rig, Sidecar Caller, Sidecar Checkout)> StartAsync(RequestDelegate app, Func<Snapshot, Snapshot>? change = null)
    {
        var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(app));
        var caller = await rig.StartCallerAsync();
        var pay = MeshConfig.Route("checkout", ("checkout/v1", 1));
        (pay.Name, pay.Retry) = ("checkout/pay", new() { Attempts = 1, BudgetMinPerSecond = 10, BudgetPercent = 20, Codes = { 503 } });
        pay.Matches.Add(new Control.V1.Match { Path = "/pay" });
        var all = MeshConfig.Route("checkout", ("checkout/v1", 90), ("checkout/v2", 0));
        all.Name = "checkout/all";
        var snapshot = MeshConfig.Of([pay, all], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]);
        snapshot.WhyKeySha256 = WhyKey.Hash(s_key);
        await rig.PublishAsync(2, change?.Invoke(snapshot) ?? snapshot);
        return (rig, caller, checkout);
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, string path, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(WhyKey.Header, key);
        return await client.SendAsync(request);
    }

    private static string Words(SeenSpan span, string subject) => string.Join('|', span.Events.Where(e => e.Name == "mesh.why." + subject).Select(e => e.Text));

    [Fact]
    public async Task Request_WithTheKey_IsExplainedAtEachHop_AndItsResponseNamesTheTrace()
    {
        string? seen = null;
        var (rig, caller, _) = await StartAsync(context =>
        {
            seen = context.Request.Headers[WhyKey.Header];
            return context.Response.WriteAsync("ok");
        });
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);

        using var response = await AskAsync(client, "/cart", s_key);

        var spans = await rig.Sink.SpansAsync(2);
        var outbound = spans.Single(s => s.Kind == SpanKind.Client);
        var inbound = spans.Single(s => s.Kind == SpanKind.Server);
        Assert.Equal(outbound.TraceId.ToString(), response.Headers.GetValues("x-mesh-trace-id").Single());
        Assert.Null(seen);
        Assert.Equal(("true", "true"), (outbound["mesh.why"], inbound["mesh.why"]));
        Assert.Equal("checkout/pay: no, the path is not prefix /pay; checkout/all: taken, it takes every request", Words(outbound, "route"));
        Assert.Equal("checkout/v1 was drawn by weight out of checkout/v1 90/90, checkout/v2 0/90", Words(outbound, "backend"));
        Assert.StartsWith($"{outbound["mesh.destination.instance"]} at 127.0.0.1:", Words(outbound, "endpoint"), StringComparison.Ordinal);
        Assert.Contains($"by PeakEwma out of 1 of checkout/v1; {outbound["mesh.destination.instance"]}: Healthy, load ", Words(outbound, "endpoint"), StringComparison.Ordinal);
        Assert.Equal("try 1: status 200, stands, the route has no retries", Words(outbound, "try"));
        Assert.Equal("the caller is not proved: a plain connection; mutual TLS is PERMISSIVE|no AuthorizationPolicy is for checkout: allowed", Words(inbound, "policy"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Request_WithoutTheKey_IsLikeAnyOther(string key)
    {
        var (rig, caller, _) = await StartAsync(context => context.Response.WriteAsync("ok"));
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);

        using var response = await AskAsync(client, "/cart", key);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("x-mesh-trace-id"));
        Assert.All(await rig.Sink.SpansAsync(2), s => Assert.True(s.Events.Count == 0 && s["mesh.why"].Length == 0, "Explained to who may not ask."));
    }

    [Fact]
    public async Task Request_WhereTheMeshTellsNoKey_IsNeverExplained()
    {
        var (rig, caller, _) = await StartAsync(context => context.Response.WriteAsync("ok"), snapshot =>
        {
            snapshot.WhyKeySha256 = "";
            return snapshot;
        });
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);

        using var response = await AskAsync(client, "/cart", s_key);

        Assert.All(await rig.Sink.SpansAsync(2), s => Assert.Empty(s.Events));
    }

    [Fact]
    public async Task Retry_IsTold_OnTheSpanOfEachTry()
    {
        int calls = 0;
        var (rig, caller, _) = await StartAsync(context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref calls) == 1 ? 503 : 200;
            return Task.CompletedTask;
        });
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);

        using var response = await AskAsync(client, "/pay", s_key);

        var tries = (await rig.Sink.SpansAsync(2, s => s.Kind == SpanKind.Client)).OrderBy(s => s.StartUnixNano).ToList();
        Assert.Equal(["try 1: status 503, to be tried again", "try 2: status 200, stands"], tries.Select(t => Words(t, "try")));
        Assert.Contains("tried before", Words(tries[1], "endpoint"), StringComparison.Ordinal);
        Assert.Equal(("checkout/pay: taken, path prefix /pay; checkout/all: not asked, the one taken comes before it", ""), (Words(tries[0], "route"), Words(tries[1], "route")));
    }

    [Fact]
    public async Task Denial_TellsWhichPoliciesSaidWhat()
    {
        var (rig, caller, _) = await StartAsync(context => context.Response.WriteAsync("ok"), snapshot =>
        {
            snapshot.Security = new();
            snapshot.Security.Policies.Add(new AuthorizationPolicy { Name = "only-post", Action = AuthorizationPolicy.Types.Action.Allow, Rules = { new Control.V1.PolicyRule { To = { new Control.V1.OperationMatch { Methods = new() { Any = { "POST" } } } } } } });
            return snapshot;
        });
        await using var _1 = rig;
        using var client = MeshRig.Client(caller);

        using var response = await AskAsync(client, "/cart", s_key);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.True(response.Headers.Contains("x-mesh-trace-id"));
        var inbound = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Server))[0];
        Assert.EndsWith("|no AuthorizationPolicy allows it at checkout; ALLOW only-post does not match", Words(inbound, "policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallThatTheAppMakes_ForAnExplainedRequest_IsExplainedToo()
    {
        await using var rig = await MeshRig.StartAsync();
        Sidecar? self = null;
        var app = await rig.StartAppAsync(async context =>
        {
            if (context.Request.Path == "/next")
            {
                await context.Response.WriteAsync("leaf");
                return;
            }

            // An app that does no more than pass the trace on.
            using var client = MeshRig.Client(self!);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/next");
            request.Headers.TryAddWithoutValidation("traceparent", context.Request.Headers.TraceParent.ToString());
            using var response = await client.SendAsync(request);
            await context.Response.WriteAsync(await response.Content.ReadAsStringAsync());
        });
        self = await rig.StartServiceAsync("checkout", "v1", app);
        var caller = await rig.StartCallerAsync();
        var snapshot = MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, self)]);
        snapshot.WhyKeySha256 = WhyKey.Hash(s_key);
        await rig.PublishAsync(2, snapshot);
        using var browser = MeshRig.Client(caller);

        using var answer = await AskAsync(browser, "/first", s_key);

        Assert.Equal("leaf", await answer.Content.ReadAsStringAsync());
        Assert.All(await rig.Sink.SpansAsync(4), s => Assert.Equal("true", s["mesh.why"]));
    }

    [Fact]
    public void Notes_BeyondTheBounds_AreCutAndLeftOut()
    {
        var notes = new WhyNotes(s_key, TimeProvider.System);
        for (int i = 0; i < WhyNotes.MaxNotes + 5; i++)
        {
            notes.Add("route", new string('x', WhyNotes.MaxTextLength + 1));
        }

        var taken = notes.Take();
        Assert.Equal((WhyNotes.MaxNotes, WhyNotes.MaxTextLength), (taken.Length, taken[0].Text.Length));
        Assert.Equal(0, notes.Take().Length);
    }

    [Fact]
    public void Gate_ForARequestWithoutTheHeader_AllocatesNothing()
    {
        var gate = new WhyGate();
        gate.Use(WhyKey.Hash(s_key));
        var headers = new HeaderDictionary { ["x-other"] = "1" };
        gate.Admit(headers);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            gate.Admit(headers);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        headers[WhyKey.Header] = s_key;
        Assert.Equal(s_key, gate.Admit(headers));
    }
}
