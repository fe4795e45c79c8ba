using System.Net;
using System.Net.Sockets;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Tests.Abuse;

/// <summary>Clients that hold connections by doing little: slow heads (slowloris), slow bodies, silence, and many at once. Kestrel's own limits go by the real clock.</summary>
public sealed class SlowClientTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);
    private static readonly HttpClient Http = new();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(nameof(ListenerSide.Inbound))]
    [InlineData(nameof(ListenerSide.Outbound))]
    public async Task Head_ThatDoesNotEndInTime_GetsA408(string side)
    {
        await using var rig = await MeshRig.StartAsync();
        var (caller, checkout) = await StartAsync(rig, _ => Task.CompletedTask, new() { RequestHeaders = Short });
        using var client = await RawClient.ConnectAsync((side == nameof(ListenerSide.Inbound) ? checkout : caller).Url(Enum.Parse<ListenerSide>(side)));

        await client.WriteAsync("GET / HTTP/1.1\r\nHost: checkout.mesh\r\nX-Slow: ");

        Assert.StartsWith("HTTP/1.1 408 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PRI * HTT")]
    public async Task Connection_ThatBeginsNothing_IsClosedAfterAMinute(string start)
    {
        await using var rig = await MeshRig.StartAsync();
        var clock = new ManualTimeProvider();
        rig.Clock = clock;
        var caller = await rig.StartCallerAsync();
        using var client = await RawClient.ConnectAsync(caller.Url(ListenerSide.Outbound));
        await client.WriteAsync(start);

        var closed = client.ReadToEndAsync();
        await Eventually.HoldsAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return closed.IsCompleted;
        });

        Assert.Equal("", await closed);
        Assert.True(client.IsClosed);
        await AssertClosedAsync(caller, "outbound", "first_bytes_timeout");
    }

    [Fact]
    public async Task Connection_WithoutARequest_IsClosedWhenIdle()
    {
        await using var rig = await MeshRig.StartAsync();
        var (caller, _) = await StartAsync(rig, context => context.Response.WriteAsync("ok"), new() { Idle = Short });
        using var http1 = await RawClient.ConnectAsync(caller.Url(ListenerSide.Outbound));
        // Its greeting alone would begin to be idle.
        await using var http2 = await RawHttp2.ConnectAsync(caller.Url(ListenerSide.Outbound), waits: true);

        await http1.WriteAsync("GET / HTTP/1.1\r\nHost: checkout.mesh\r\n\r\n");
        await http1.ReadUntilAsync("ok");
        await (await http2.GetAsync("checkout.mesh", "/")).Answer;

        await http2.Closed.WaitAsync(Patience);
        await http1.ReadToEndAsync();
        Assert.True(http1.IsClosed);
    }

    [Theory]
    [InlineData(nameof(ClusterProtocol.Http))]
    [InlineData(nameof(ClusterProtocol.Http2))]
    public async Task Body_ThatStopsComing_GetsA408_AndTheUpstreamIsNotBlamed(string protocol)
    {
        await using var rig = await MeshRig.StartAsync();
        var (caller, _) = await StartAsync(rig, async context => await context.Request.Body.CopyToAsync(Stream.Null), new() { StreamIdle = Short }, Enum.Parse<ClusterProtocol>(protocol));
        using var client = await RawClient.ConnectAsync(caller.Url(ListenerSide.Outbound));

        await client.WriteAsync("POST / HTTP/1.1\r\nHost: checkout.mesh\r\nContent-Length: 10\r\n\r\nabc");

        string answer = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("x-mesh-response-flags: SI\r\n", answer, StringComparison.Ordinal);
        string metrics = await Http.GetStringAsync(new Uri(caller.Url(ListenerSide.Admin), "/metrics"));
        Assert.Contains("response_code=\"408\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("response_code=\"50", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatDoesNotComeInTime_IsTheUpstreamsFault()
    {
        var app = new GatedApp();
        await using var rig = await MeshRig.StartAsync();
        var (caller, _) = await StartAsync(rig, app.AnswerAsync, new() { StreamIdle = Short });
        using var client = MeshRig.Client(caller);

        using var answer = await client.PostAsync("/", new StringContent("all of it"));

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("UT", answer.Headers.GetValues("x-mesh-response-flags").Single());
        app.Open();
    }

    // The limit goes by the real clock: of a round in which this machine itself was silent, nothing can be said.
    [Fact]
    public async Task Stream_ThatIsSlowButNotSilent_LivesOn()
    {
        const int parts = 60;
        var limit = 2 * Short;
        await using var rig = await MeshRig.StartAsync();
        var (caller, _) = await StartAsync(
            rig,
            async context =>
            {
                using var pace = new PeriodicTimer(limit / 30);
                for (int i = 0; i < parts; i++)
                {
                    await context.Response.WriteAsync("x");
                    await context.Response.Body.FlushAsync();
                    await pace.WaitForNextTickAsync();
                }
            },
            new() { StreamIdle = limit });
        using var client = MeshRig.Client(caller);

        var (got, _) = await Eventually.GetAsync(() => ReadAsync(client), round => round.LongestSilence < limit / 2);

        Assert.Equal(parts, got);
    }

    [Fact]
    public async Task Connections_BeyondTheLimit_AreClosedAtOnce_UntilOthersEnd()
    {
        await using var rig = await MeshRig.StartAsync();
        var (caller, _) = await StartAsync(rig, context => context.Response.WriteAsync("ok"), new() { MaxConnections = 2 });
        var url = caller.Url(ListenerSide.Outbound);
        using var silent = await RawClient.ConnectAsync(url);
        using var served = await RawClient.ConnectAsync(url);
        await served.WriteAsync("GET / HTTP/1.1\r\nHost: checkout.mesh\r\n\r\n");
        await served.ReadUntilAsync("ok");

        Assert.Equal("", await TryAskAsync(url));
        await AssertClosedAsync(caller, "outbound", "too_many_connections");

        served.Dispose();
        await Eventually.GetAsync(() => TryAskAsync(url), answer => answer.Contains("ok", StringComparison.Ordinal));
    }

    private static async Task<(int Bytes, TimeSpan LongestSilence)> ReadAsync(HttpClient client)
    {
        byte[] buffer = new byte[100];
        int bytes = 0;
        var longest = TimeSpan.Zero;
        using var stream = await client.GetStreamAsync("/");
        try
        {
            while (true)
            {
                long start = TimeProvider.System.GetTimestamp();
                int read = await stream.ReadAsync(buffer);
                var silence = TimeProvider.System.GetElapsedTime(start);
                longest = silence > longest ? silence : longest;
                if (read == 0)
                {
                    return (bytes, longest);
                }

                bytes += read;
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return (bytes, longest);
        }
    }

    private static async Task<string> TryAskAsync(Uri url)
    {
        try
        {
            return await RawClient.SendAsync(url, "GET / HTTP/1.1\r\nHost: checkout.mesh\r\nConnection: close\r\n\r\n");
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Closed before all was sent.
            return "";
        }
    }

    private static async Task<(Sidecar Caller, Sidecar Checkout)> StartAsync(MeshRig rig, RequestDelegate app, ClientLimits limits, ClusterProtocol protocol = ClusterProtocol.Http)
    {
        var checkout = await rig.StartServiceAsync(
            "checkout", "v1", await rig.StartAppAsync(app, protocol == ClusterProtocol.Http ? HttpProtocols.Http1 : HttpProtocols.Http2), protocol, change: o => o with { Clients = limits with { MaxConnections = 0, StreamIdle = null } });
        var caller = await rig.StartCallerAsync(o => o with { Clients = limits });
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", protocol, checkout)]));
        return (caller, checkout);
    }

    private static async Task AssertClosedAsync(Sidecar sidecar, string side, string reason) =>
        Assert.Contains(
            $"mesh_proxy_connections_closed_total{{side=\"{side}\",reason=\"{reason}\"}} 1\n",
            await Http.GetStringAsync(new Uri(sidecar.Url(ListenerSide.Admin), "/metrics")),
            StringComparison.Ordinal);
}
