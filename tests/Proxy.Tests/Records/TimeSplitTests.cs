using System.Globalization;
using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Records;

/// <summary>Where the time of a request went: both sidecars' clocks, and the header between them.</summary>
public sealed class TimeSplitTests
{
    private static readonly string[] Parts = ["mesh.time.client_proxy_us", "mesh.time.network_us", "mesh.time.server_proxy_us", "mesh.time.app_us"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task App_ThatTakesATime_HasExactlyThat_AndNobodyElseHas(int major)
    {
        var clock = new ManualTimeProvider();
        await using var rig = await MeshRig.StartAsync();
        rig.Clock = clock;
        var app = await rig.StartAppAsync(context =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(250));
            return context.Response.WriteAsync("ok");
        });
        var checkout = await rig.StartServiceAsync("checkout", "v1", app);
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        using var client = MeshRig.Client(caller, major);

        using var response = await client.GetAsync("/cart");

        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        Assert.False(response.Headers.Contains(MeshTimeHeader.Name));
        var spans = await rig.Sink.SpansAsync(2);
        var outbound = spans.Single(s => s.Kind == SpanKind.Client);
        Assert.Equal(["0", "0", "0", "250000"], Parts.Select(p => outbound[p]));
        var inbound = spans.Single(s => s.Kind == SpanKind.Server);
        Assert.Equal(["", "", "0", "250000"], Parts.Select(p => inbound[p]));
        string page = await TelemetryTests.AdminAsync(caller, "/metrics");
        const string Edge = "source_app=\"web\",source_version=\"v1\",destination_app=\"checkout\",destination_version=\"v1\"";
        Assert.Contains($"mesh_edge_requests_total{{{Edge}}} 1\n", page, StringComparison.Ordinal);
        Assert.Contains($"mesh_edge_time_seconds_total{{{Edge},part=\"app\"}} 0.25\n", page, StringComparison.Ordinal);
        Assert.Contains($"mesh_edge_time_seconds_total{{{Edge},part=\"network\"}} 0\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_OfTwoSidecarsWithinMutualTls_AddUpToTheTimeToTheHead()
    {
        var (rig, caller, checkout) = await MeshRig.WithSecureCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        for (int i = 0; i < 20; i++)
        {
            await client.GetStringAsync("/cart");
        }

        foreach (var span in await rig.Sink.SpansAsync(20, s => s.Kind == SpanKind.Client))
        {
            long[] parts = [.. Parts.Select(p => long.Parse(span[p], CultureInfo.InvariantCulture))];
            Assert.All(parts, p => Assert.InRange(p, 0, long.MaxValue));
            Assert.True(parts[0] > 0 && parts[3] > 0, "The caller's sidecar and the app took no time.");
            // The span goes on until the body has ended; each part is rounded down to a microsecond.
            Assert.InRange(parts.Sum(), 1, (span.DurationNano / 1000) + 1);
        }
    }

    [Fact]
    public async Task AccessLog_OfBothSides_HasTheSameParts()
    {
        var rig = await MeshRig.StartAsync();
        await using var _ = rig;
        var app = await rig.StartAppAsync(context => context.Response.WriteAsync("ok"));
        var checkout = await rig.StartServiceAsync("checkout", "v1", app, change: o => o with { AccessLog = AccessLogMode.All });
        var caller = await rig.StartCallerAsync(o => o with { AccessLog = AccessLogMode.All });
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        using var client = MeshRig.Client(caller);
        await client.GetStringAsync("/cart");

        var source = (await rig.StopAndReadLogAsync(caller)).Single(l => l.GetProperty("reporter").GetString() == "source");
        var destination = (await rig.StopAndReadLogAsync(checkout)).Single(l => l.GetProperty("reporter").GetString() == "destination");
        // What went over the wire was whole microseconds; both differ by less than two where a difference of two roundings is taken.
        Assert.InRange(destination.GetProperty("app_ns").GetInt64() - source.GetProperty("app_ns").GetInt64(), 0, 999);
        Assert.InRange(Math.Abs(destination.GetProperty("server_proxy_ns").GetInt64() - source.GetProperty("server_proxy_ns").GetInt64()), 0, 1999);
        Assert.InRange(
            source.GetProperty("client_proxy_ns").GetInt64() + source.GetProperty("network_ns").GetInt64() + source.GetProperty("server_proxy_ns").GetInt64() + source.GetProperty("app_ns").GetInt64(),
            1,
            source.GetProperty("total_ns").GetInt64());
    }

    [Fact]
    public async Task App_ThatClaimsATime_IsNotBelieved()
    {
        string? seen = null;
        var (rig, caller) = await MeshRig.WithCheckoutAsync(context =>
        {
            seen = context.Request.Headers[MeshTimeHeader.Name];
            context.Response.Headers[MeshTimeHeader.Name] = "1;1";
            return context.Response.WriteAsync("ok");
        });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        client.DefaultRequestHeaders.TryAddWithoutValidation(MeshTimeHeader.Name, "3;3");
        using var response = await client.GetAsync("/cart");

        Assert.False(response.Headers.Contains(MeshTimeHeader.Name));
        Assert.Null(seen);
        var spans = await rig.Sink.SpansAsync(2);
        Assert.Equal(spans.Single(s => s.Kind == SpanKind.Server)[MeshAttributes.AppTime], spans.Single(s => s.Kind == SpanKind.Client)[MeshAttributes.AppTime]);
    }

    [Fact]
    public async Task Client_ThatIsNoSidecar_IsToldNoTimes()
    {
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("ok")));
        await rig.PublishAsync(1, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        using var client = new HttpClient();

        using var plain = await client.GetAsync(checkout.Url(ListenerSide.Inbound));
        client.DefaultRequestHeaders.TryAddWithoutValidation("x-mesh-source-service", "web");
        using var asSidecar = await client.GetAsync(checkout.Url(ListenerSide.Inbound));

        Assert.False(plain.Headers.Contains(MeshTimeHeader.Name));
        Assert.Matches("^[0-9]+;[0-9]+$", asSidecar.Headers.GetValues(MeshTimeHeader.Name).Single());
    }

    [Fact]
    public async Task App_ThatCannotBeReached_StillLeavesAServersShare()
    {
        await using var rig = await MeshRig.StartAsync();
        using var closed = new ClosedPort();
        var checkout = await rig.StartSidecarAsync(new() { Service = "checkout", Version = "v1", AppUrl = new Uri("http://" + closed.Address) });
        var caller = await rig.StartCallerAsync();
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync("/cart");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var outbound = (await rig.Sink.SpansAsync(1, s => s.Kind == SpanKind.Client))[0];
        Assert.All(Parts, p => Assert.NotEqual("", outbound[p]));
        Assert.False(response.Headers.Contains(MeshTimeHeader.Name));
    }

    [Theory]
    [InlineData("12;7", 12, 7)]
    [InlineData("", -1, -1)]
    [InlineData("12", -1, -1)]
    [InlineData(";7", -1, -1)]
    [InlineData("12;", -1, -1)]
    [InlineData("-1;7", -1, -1)]
    [InlineData("1 2;7", -1, -1)]
    [InlineData("1234567890123456;7", -1, -1)]
    public void Header_IsReadStrictly(string text, long total, long app)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation(MeshTimeHeader.Name, text);

        Assert.Equal(new ServerTime(total, app), MeshTimeHeader.Read(response.Headers));
    }

    [Fact]
    public void Split_OfAServerThatSaysTooMuch_StaysWithinTheRoundTrip()
    {
        var attempt = new AttemptRecord
        {
            SpanId = new(1), Destination = new("checkout", "v1", ""), Address = "", ResendCount = 0, StartTimestamp = 0, ProxyNanos = 5, RoundTripNanos = 10_000, ServerTime = new(50, 70),
        };

        Assert.True(TimeSplit.TryOf(attempt, out var split));
        Assert.Equal(new TimeSplit(5, 0, 0, 10_000), split);
    }
}
