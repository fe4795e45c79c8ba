using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Tests.Limit;

public sealed class RateLimitTests
{
    // So slow that no token comes back while a test runs.
    private static Rate Few(int burst) => new() { RequestsPerSecond = 0.01, Burst = burst };

    private static RateLimit Limit(Action<RateLimit> fill)
    {
        var limit = new RateLimit { Name = "few", Services = { "checkout" } };
        fill(limit);
        return limit;
    }

    private static Snapshot Snapshot(RateLimit limit, ClusterProtocol protocol, params Sidecar[] instances)
    {
        var snapshot = MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", protocol, instances)]);
        snapshot.RateLimits.Add(limit);
        return snapshot;
    }

    [Fact]
    public async Task Inbound_RequestAboveTheTotal_Gets429WithWhenToComeBackAndTheReason()
    {
        await using var rig = await MeshRig.StartAsync();
        int reached = 0;
        var app = await rig.StartAppAsync(context => context.Response.WriteAsync($"reached {Interlocked.Increment(ref reached)}"));
        var checkout = await rig.StartServiceAsync("checkout", "v1", app, change: o => o with { AccessLog = AccessLogMode.Errors });
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, Snapshot(Limit(l => l.Total = Few(1)), ClusterProtocol.Http, checkout));
        using var client = MeshRig.Client(caller);

        Assert.Equal("reached 1", await client.GetStringAsync(new Uri("/cart", UriKind.Relative)));
        using var refused = await client.GetAsync(new Uri("/cart", UriKind.Relative));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("RL", refused.Headers.GetValues("x-mesh-response-flags").Single());
        Assert.Equal("RateLimit few lets 0.01 requests per second through (RL)\n", await refused.Content.ReadAsStringAsync());
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 90, 100);
        Assert.Equal($"\"few\";r=0;t={refused.Headers.RetryAfter.Delta.Value.TotalSeconds}", refused.Headers.GetValues("RateLimit").Single());
        Assert.Equal("\"few\";q=1;w=100", refused.Headers.GetValues("RateLimit-Policy").Single());
        Assert.Equal(1, reached);

        using var admin = new HttpClient { BaseAddress = checkout.Url(ListenerSide.Admin) };
        Assert.Contains("mesh_proxy_rate_limited_total{rate_limit=\"few\",reason=\"total\"} 1", await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Contains("\"name\": \"few\"", await admin.GetStringAsync(new Uri("/config_dump", UriKind.Relative)), StringComparison.Ordinal);
        var line = Assert.Single(await rig.StopAndReadLogAsync(checkout), l => l.GetProperty("reporter").GetString() == "destination");
        Assert.Equal("RL", line.GetProperty("response_flags").GetString());
        Assert.StartsWith("RateLimit few lets", line.GetProperty("response_code_details").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inbound_GrpcCallAboveTheTotal_GetsResourceExhaustedAndIsNoFailureOfTheService()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(_ => Task.CompletedTask, HttpProtocols.Http2), ClusterProtocol.Grpc);
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, Snapshot(Limit(l => l.Total = Few(1)), ClusterProtocol.Grpc, checkout));
        using var client = MeshRig.Client(caller, major: 2);
        using var first = await CallAsync(client);

        using var response = await CallAsync(client);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("8", response.Headers.GetValues("grpc-status").Single());
        Assert.Contains("RateLimit few", response.Headers.GetValues("grpc-message").Single(), StringComparison.Ordinal);
        Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        await checkout.StopAsync();
        var span = Assert.Single(await rig.Sink.SpansAsync(1, s => s["mesh.response_flags"] == "RL"));
        Assert.Equal((SpanKind.Server, SpanStatus.Unset), (span.Kind, span.Status));
    }

    [Fact]
    public async Task Inbound_CallersWithMutualTls_HaveARateEach()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        var app = await rig.StartAppAsync(context => context.Response.WriteAsync("ok"));
        var checkout = await MeshRig.IdentifiedAsync(rig.StartServiceAsync("checkout", "v1", app));
        var web = await MeshRig.IdentifiedAsync(rig.StartCallerAsync());
        var shop = await MeshRig.IdentifiedAsync(rig.StartSidecarAsync(new() { Service = "shop", Version = "v1" }));
        var limit = Limit(l => l.Identity = Few(2));
        limit.Overrides.Add(new Control.V1.RateOverride { Rate = Few(3), Clients = { "shop" } });
        await rig.PublishAsync(3, rig.Secure(Snapshot(limit, ClusterProtocol.Http, checkout)));

        Assert.Equal("200 200 429 429", await StatusesAsync(web, 4));
        Assert.Equal("200 200 200 429", await StatusesAsync(shop, 4));
        // Nobody can pretend to be another by a header that sidecars use.
        using var plain = new HttpClient { BaseAddress = checkout.Url(ListenerSide.Inbound) };
        plain.DefaultRequestHeaders.Add("x-mesh-source-service", "shop");
        var statuses = new List<int>();
        for (int i = 0; i < 3; i++)
        {
            using var response = await plain.GetAsync(new Uri("/", UriKind.Relative));
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal([200, 200, 429], statuses);
    }

    [Fact]
    public async Task Caller_WhoseRouteRetries429_DoesSoOnlyWhileAnotherEndpointMayTakeIt()
    {
        await using var rig = await MeshRig.StartAsync();
        var app = await rig.StartAppAsync(context => context.Response.WriteAsync("ok"));
        var one = await rig.StartServiceAsync("checkout", "v1", app);
        var two = await rig.StartServiceAsync("checkout", "v1", app);
        var caller = await rig.StartCallerAsync();
        var snapshot = Snapshot(Limit(l => l.Total = Few(1)), ClusterProtocol.Http, one, two);
        snapshot.Routes[0].Retry = MeshConfig.Retry(5, 429);
        await rig.PublishAsync(3, snapshot);

        // Each endpoint has one token: whoever is refused by the first gets the other's.
        Assert.Equal("200 200 429 429", await StatusesAsync(caller, 4));

        long refused = one.Limits.Limits!.All[0].Counts.Of(Proxy.Limit.LimitReason.Total) + two.Limits.Limits!.All[0].Counts.Of(Proxy.Limit.LimitReason.Total);
        Assert.InRange(refused, 2, 4);
    }

    [Fact]
    public async Task HealthCheck_ThatIsLimited_FindsNoFault()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("ok")));
        var caller = await rig.StartCallerAsync();
        var snapshot = Snapshot(Limit(l => l.Total = Few(1)), ClusterProtocol.Http, checkout);
        snapshot.Clusters[0].Policy = new()
        {
            HealthCheck = new() { Path = "/", Statuses = { 200 }, IntervalMillis = 10, TimeoutMillis = 10_000, UnhealthyThreshold = 1, HealthyThreshold = 1 },
        };
        await rig.PublishAsync(2, snapshot);

        Assert.Equal("200", await StatusesAsync(caller, 1));
        await Testing.Eventually.HoldsAsync(() => checkout.Limits.Limits!.All[0].Counts.Of(Proxy.Limit.LimitReason.Total) >= 3);

        Assert.False(caller.Routes.Table.Clusters.Find("checkout/v1")!.Endpoints[0].Health.IsUnhealthy);
    }

    [Fact]
    public async Task Snapshot_LimitThatCannotWork_IsRefusedWithEveryProblem()
    {
        await using var rig = await MeshRig.StartAsync();
        await rig.StartCallerAsync();
        var snapshot = MeshConfig.Of([], []);
        snapshot.RateLimits.Add(Limit(l => l.Total = new() { RequestsPerSecond = double.NaN, Burst = 1 }));
        snapshot.RateLimits.Add(Limit(l => l.Identity = new() { RequestsPerSecond = 5, Burst = 0 }));
        snapshot.RateLimits[1].Matches.Add(new Control.V1.Match { Path = "cart" });

        rig.Control.Publish(snapshot);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var answer = await rig.Control.Answers.Reader.ReadAsync(limit.Token);
        Assert.False(answer.Accepted);
        Assert.Equal(
            [
                "RateLimit 'few' is there more than once; names must differ.",
                "RateLimit 'few': total: NaN requests per second with bursts of 1; allowed are 0.001 to 1000000 with 1 to 1000000.",
                "RateLimit 'few': path 'cart' must start with '/'.",
                "RateLimit 'few': identity: 5 requests per second with bursts of 0; allowed are 0.001 to 1000000 with 1 to 1000000.",
            ],
            answer.Problems);
    }

    private static async Task<string> StatusesAsync(Sidecar caller, int requests)
    {
        using var client = MeshRig.Client(caller);
        int[] statuses = new int[requests];
        for (int i = 0; i < requests; i++)
        {
            using var response = await client.GetAsync(new Uri("/", UriKind.Relative));
            statuses[i] = (int)response.StatusCode;
        }

        return string.Join(' ', statuses);
    }

    private static async Task<HttpResponseMessage> CallAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/shop.Cart/Get") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent([0, 0, 0, 0, 0]) };
        request.Content.Headers.ContentType = new("application/grpc");
        return await client.SendAsync(request);
    }
}
