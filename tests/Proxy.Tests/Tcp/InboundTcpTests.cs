using System.Net.Security;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Tcp;

/// <summary>Who may connect to an app that speaks no HTTP, and how its sidecar tells.</summary>
public sealed class InboundTcpTests
{
    private static readonly string Edge = TestAuthority.IdOf("edge")["spiffe://".Length..];

    [Fact]
    public async Task PlainClient_IsTaken_WhoeverSpeaksFirst_AndItsTlsIsTheApps()
    {
        var app = TcpApp.StartTls("db", "db.example.com");
        await using var rig = await TcpRig.StartAsync(app);

        await using var tls = await TcpCaller.ConnectTlsAsync(rig.CalleePort, "db.example.com", [new("postgresql")]);
        Assert.Equal("db heard x", await tls.AskAsync("x"));
        Assert.Equal(app.Certificate!.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), tls.Shown);

        await using var greeting = await TcpRig.StartAsync(TcpApp.Start("db", greets: true));
        await using var silent = await TcpCaller.ConnectAsync(greeting.CalleePort);
        Assert.Equal("db greets", await silent.ReadAsync());
        Assert.Equal("db heard x", await silent.AskAsync("x"));
        Assert.Equal(1, await TcpRig.MetricAsync(greeting.Callee, "istio_tcp_connections_opened_total", "connection_security_policy=\"none\"", "source_app=\"unknown\""));
    }

    [Fact]
    public async Task PlainClient_OfAStrictService_IsRefused()
    {
        await using var rig = await TcpRig.StartAsync(before: r => r.Snapshot.Security.PeerAuthentications.Add(new PeerAuthentication { Name = "all", Mode = TlsMode.Strict }));

        await using (var plain = await TcpCaller.ConnectAsync(rig.CalleePort))
        {
            Assert.True(await IsRefusedAsync(plain));
        }

        await TcpRig.ClosedAsync(rig.Callee, "UAEX");
        await using var secured = await rig.ConnectAsync();
        Assert.Equal("db heard x", await secured.AskAsync("x"));
        Assert.Equal(1, rig.App.Heard);
    }

    [Fact]
    public async Task Sidecar_ThatSpeaksHttpToIt_GetsNoConnection()
    {
        await using var rig = await TcpRig.StartAsync();
        using var client = rig.Mesh.Control.Authority!.Client(TestAuthority.IdOf("web"));

        await Assert.ThrowsAnyAsync<Exception>(() => TcpCaller.ConnectTlsAsync(rig.CalleePort, "db.mesh", [MeshAlpn.Bytes, SslApplicationProtocol.Http11]).ContinueWith(c => c.Result.AskAsync("x"), TaskScheduler.Default).Unwrap());
        await using var bytes = await TcpCaller.ConnectTlsAsync(rig.CalleePort, "db.mesh", [MeshAlpn.Bytes], client);
        Assert.Equal("db heard x", await bytes.AskAsync("x"));
    }

    [Fact]
    public async Task AppOfRequests_GetsNoBytes()
    {
        var (rig, _, checkout) = await MeshRig.WithSecureCheckoutAsync(context => context.Response.WriteAsync("hello"));
        await using var _ = rig;
        using var client = rig.Control.Authority!.Client(TestAuthority.IdOf("web"));

        await Assert.ThrowsAnyAsync<Exception>(() => TcpCaller.ConnectTlsAsync(checkout.Url(ListenerSide.Inbound).Port, "checkout.mesh", [MeshAlpn.Bytes], client));
    }

    [Theory]
    [InlineData("ALLOW principal", "-")]
    [InlineData("ALLOW other principal", "UAEX")]
    [InlineData("ALLOW method", "UAEX")]
    [InlineData("ALLOW port", "-")]
    [InlineData("DENY principal", "UAEX")]
    [InlineData("DENY other principal", "-")]
    [InlineData("DENY method", "UAEX")]
    [InlineData("DENY other principal and method", "-")]
    [InlineData("AUDIT principal", "-")]
    public async Task Policies_HoldForConnections_AsFarAsTheyCanBeJudged(string policy, string flags)
    {
        await using var rig = await TcpRig.StartAsync();
        rig.Snapshot.Security.Policies.Add(Policy(policy, rig.App.Port));
        await rig.PublishAsync();
        await using var client = await rig.ConnectAsync();

        if (flags == "-")
        {
            Assert.Equal("db heard x", await client.AskAsync("x"));
            await client.FinishAsync();
        }
        else
        {
            Assert.True(await client.IsClosedAsync());
        }

        await TcpRig.ClosedAsync(rig.Callee, flags);
        var line = Assert.Single(await rig.Mesh.StopAndReadLogAsync(rig.Callee), l => l.GetProperty("reporter").GetString() == "destination");
        Assert.Equal(policy.StartsWith("AUDIT", StringComparison.Ordinal), line.TryGetProperty("policy_note", out _));
    }

    private static AuthorizationPolicy Policy(string text, int port)
    {
        var rule = new PolicyRule();
        if (text.Contains("principal", StringComparison.Ordinal))
        {
            rule.From.Add(new SourceMatch { Principals = new() { Any = { text.Contains("other", StringComparison.Ordinal) ? "mesh.test/ns/default/sa/other" : Edge } } });
        }

        if (text.Contains("method", StringComparison.Ordinal))
        {
            rule.To.Add(new OperationMatch { Methods = new() { Any = { "GET" } } });
        }

        if (text.Contains("port", StringComparison.Ordinal))
        {
            rule.To.Add(new OperationMatch { Ports = new() { Any = { $"{port}" } } });
        }

        return new() { Name = "p", Services = { "db" }, Action = Enum.Parse<AuthorizationPolicy.Types.Action>(text.Split(' ')[0], ignoreCase: true), Rules = { rule } };
    }

    private static async Task<bool> IsRefusedAsync(TcpCaller client)
    {
        try
        {
            return await client.AskAsync("x") is null;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
