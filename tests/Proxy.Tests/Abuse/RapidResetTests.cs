using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Abuse;

/// <summary>HTTP/2 rapid reset (CVE-2023-44487), by a client that writes its frames itself; and clients that have every right to give up a call.</summary>
public sealed class RapidResetTests
{
    private const int FarTooMany = 20_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(nameof(ListenerSide.Inbound))]
    [InlineData(nameof(ListenerSide.Outbound))]
    public async Task Client_ThatResetsWhatItOpens_LosesItsConnection_AndOthersDoNot(string listener)
    {
        var side = Enum.Parse<ListenerSide>(listener);
        var app = new GatedApp();
        await using var rig = await MeshRig.StartAsync();
        var (caller, checkout) = await StartAsync(rig, context => context.Request.Path == "/ok" ? context.Response.WriteAsync("ok") : app.AnswerAsync(context));
        var attacked = side == ListenerSide.Inbound ? checkout : caller;
        await using var other = await RawHttp2.ConnectAsync(attacked.Url(side));
        await using var attacker = await RawHttp2.ConnectAsync(attacked.Url(side));

        int opened = 0;
        while (opened < FarTooMany && await attacker.TryGetAndResetAsync("checkout.mesh", "/held"))
        {
            opened++;
        }

        await attacker.Closed.WaitAsync(Patience);
        Assert.True(opened >= ResetGuard.TotalStreamCount / 2, $"Closed after {opened} streams.");
        Assert.Contains($"mesh_proxy_connections_closed_total{{side=\"{listener.ToLowerInvariant()}\",reason=\"premature_resets\"}} 1\n", await MetricsAsync(attacked), StringComparison.Ordinal);
        Assert.Single(rig.Loggers.Lines, l => l.Contains("rapid reset", StringComparison.Ordinal) && l.Contains("127.0.0.1", StringComparison.Ordinal));
        await (await other.GetAsync("checkout.mesh", "/ok")).Answer;
    }

    [Fact]
    public async Task Client_ThatGivesUpSomeOfItsCalls_KeepsItsConnection()
    {
        var app = new GatedApp();
        await using var rig = await MeshRig.StartAsync();
        var (caller, _) = await StartAsync(rig, context => context.Request.Path == "/ok" ? context.Response.WriteAsync("ok") : app.AnswerAsync(context));
        await using var client = await RawHttp2.ConnectAsync(caller.Url(ListenerSide.Outbound));

        for (int i = 0; i < ResetGuard.TotalStreamCount; i++)
        {
            Assert.True(i % 3 != 0 || await client.TryGetAndResetAsync("checkout.mesh", "/held"));
            await (await client.GetAsync("checkout.mesh", "/ok")).Answer;
        }

        Assert.Equal(ResetGuard.TotalStreamCount, client.Answered);
        Assert.DoesNotContain("mesh_proxy_connections_closed_total{", await MetricsAsync(caller), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_ThatLivedASecond_MayBeResetHoweverManyTheyAre()
    {
        var clock = new ManualTimeProvider();
        var app = new GatedApp();
        await using var rig = await MeshRig.StartAsync();
        var (_, checkout) = await StartAsync(rig, app.AnswerAsync, clock);
        await using var client = await RawHttp2.ConnectAsync(checkout.Url(ListenerSide.Inbound));

        for (int i = 0; i <= ResetGuard.TotalStreamCount / 2; i++)
        {
            var (stream, _) = await client.GetAsync("checkout.mesh", "/held");
            await app.ArrivedAsync();
            clock.Advance(ResetGuard.MinStreamLifetime);
            await client.ResetAsync(stream);
        }

        var (_, last) = await client.GetAsync("checkout.mesh", "/last");
        app.Open();
        await last;
    }

    [Fact]
    public void Log_OfManyClosedConnections_IsOneLineInTenSeconds()
    {
        var clock = new ManualTimeProvider();
        using var loggers = new RecordingLoggers();
        var closed = new ClosedConnections(loggers, clock);

        for (int i = 0; i < 5; i++)
        {
            closed.Add(ListenerSide.Inbound, CloseReason.PrematureResets, "10.0.0.1");
        }

        clock.Advance(TimeSpan.FromSeconds(10));
        closed.Add(ListenerSide.Inbound, CloseReason.PrematureResets, "10.0.0.2");

        Assert.Equal(6, closed.Count(ListenerSide.Inbound, CloseReason.PrematureResets));
        Assert.Collection(
            loggers.Lines,
            line => Assert.StartsWith("Closed 1 connection(s), the last on the Inbound listener", line, StringComparison.Ordinal),
            line => Assert.StartsWith("Closed 5 connection(s), the last on the Inbound listener", line, StringComparison.Ordinal));
    }

    private static async Task<(Sidecar Caller, Sidecar Checkout)> StartAsync(MeshRig rig, RequestDelegate app, TimeProvider? calleesClock = null)
    {
        var answering = await rig.StartAppAsync(app);
        var caller = await rig.StartCallerAsync();
        rig.Clock = calleesClock ?? rig.Clock;
        var checkout = await rig.StartServiceAsync("checkout", "v1", answering);
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]));
        return (caller, checkout);
    }

    private static async Task<string> MetricsAsync(Sidecar sidecar)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri(sidecar.Url(ListenerSide.Admin), "/metrics"));
    }
}
