using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshInsight.Proxy.Tests.Identity;

public sealed class MutualTlsTests
{
    private static readonly PeerAuthentication Strict = new() { Name = "all", Mode = Control.V1.TlsMode.Strict };

    [Theory]
    [InlineData(ClusterProtocol.Http, HttpProtocols.Http1, 1)]
    [InlineData(ClusterProtocol.Http2, HttpProtocols.Http2, 2)]
    public async Task Call_BetweenSidecarsWithCertificates_IsWithinMutualTlsAndSaysSo(ClusterProtocol protocol, HttpProtocols app, int major)
    {
        var (rig, caller, checkout) = await MeshRig.WithSecureCheckoutAsync(
            context => context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Headers["x-forwarded-proto"]}"), protocol: protocol, appProtocols: app);
        await using var _ = rig;
        using var client = MeshRig.Client(caller, major);

        string answer = await client.GetStringAsync(new Uri("/", UriKind.Relative));

        Assert.Equal($"HTTP/{(major == 2 ? "2" : "1.1")} http", answer);
        var spans = await rig.Sink.SpansAsync(2);
        Assert.Equal(TestAuthority.IdOf("web"), spans.Single(s => s.Service == "checkout")["mesh.peer.principal"]);
        Assert.Equal(TestAuthority.IdOf("checkout"), spans.Single(s => s.Service == "web")["mesh.peer.principal"]);
        await MeshRig.CountedAsync(checkout, 1);
        string inbound = await MetricsAsync(checkout);
        Assert.Contains("connection_security_policy=\"mutual_tls\"", inbound, StringComparison.Ordinal);
        Assert.Contains($"source_principal=\"{TestAuthority.IdOf("web")}\"", inbound, StringComparison.Ordinal);
        Assert.Contains($"destination_principal=\"{TestAuthority.IdOf("checkout")}\"", inbound, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_EndpointProvesAnotherIdentity_IsRefusedByTheCaller()
    {
        bool reached = false;
        var (rig, caller, _) = await MeshRig.WithSecureCheckoutAsync(
            context =>
            {
                reached = true;
                return Task.CompletedTask;
            },
            _ => TestAuthority.IdOf("payment"));
        await using var rigged = rig;
        using var client = MeshRig.Client(caller);

        using var response = await client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("UF", response.Headers.GetValues("x-mesh-response-flags").Single());
        Assert.False(reached);
        Assert.Equal(1, caller.Identity!.RefusedHandshakes);
    }

    [Fact]
    public async Task Inbound_ClientOfAnotherMeshOrWithoutCertificate_IsRefusedInTheHandshake()
    {
        var (rig, _, checkout) = await MeshRig.WithSecureCheckoutAsync(context => context.Response.WriteAsync("reached"));
        await using var rigged = rig;
        using var foreign = new TestAuthority(TimeSpan.FromHours(1));
        using var stranger = foreign.Client(TestAuthority.IdOf("web"));
        using var otherDomain = rig.Control.Authority!.Client("spiffe://elsewhere.test/ns/default/sa/web");
        using var member = rig.Control.Authority!.Client(TestAuthority.IdOf("web"));

        Assert.Equal("", await TryGetAsync(checkout, stranger));
        Assert.Equal("", await TryGetAsync(checkout, otherDomain));
        Assert.Equal("", await TryGetAsync(checkout, null));
        Assert.Contains("reached", await TryGetAsync(checkout, member), StringComparison.Ordinal);
        Assert.Equal("", await TryGetAsync(checkout, member, SslProtocols.Tls12));
    }

    [Fact]
    public async Task Inbound_Permissive_TakesBoth_StrictRefusesPlainTextWithTheReason()
    {
        var (rig, caller, checkout) = await MeshRig.WithSecureCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var rigged = rig;
        using var client = MeshRig.Client(caller);
        using var plain = new HttpClient { BaseAddress = checkout.Url(ListenerSide.Inbound) };

        Assert.Equal("ok", await plain.GetStringAsync(new Uri("/", UriKind.Relative)));
        await rig.PublishAsync(2, rig.Secure(Snapshot(checkout), modes: Strict));
        using var refused = await plain.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("UAEX", refused.Headers.GetValues("x-mesh-response-flags").Single());
        Assert.Contains("takes mutual TLS only", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("ok", await client.GetStringAsync(new Uri("/", UriKind.Relative)));
    }

    [Fact]
    public async Task Call_ThatClientsGiveUp_KeepsTheConnection()
    {
        using var arrived = new SemaphoreSlim(0);
        var (rig, caller, _) = await MeshRig.WithSecureCheckoutAsync(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                arrived.Release();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
        });
        await using var rigged = rig;
        using var client = MeshRig.Client(caller);

        for (int i = 0; i < 10; i++)
        {
            using var givingUp = new CancellationTokenSource();
            var slow = client.GetAsync(new Uri("/slow", UriKind.Relative), givingUp.Token);
            Assert.True(await arrived.WaitAsync(TimeSpan.FromSeconds(20)));
            await givingUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow);
            using var quick = await client.GetAsync(new Uri("/", UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, quick.StatusCode);
        }

        Assert.Equal(1, caller.Identity!.Handshakes);
    }

    [Fact]
    public async Task Upgrade_WithinMutualTls_IsATunnel()
    {
        var (rig, caller, checkout) = await MeshRig.WithSecureCheckoutAsync(
            async context =>
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                byte[] buffer = new byte[100];
                var message = await socket.ReceiveAsync(buffer, default);
                await socket.SendAsync(buffer.AsMemory(0, message.Count), message.MessageType, true, default);
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", default);
            },
            modes: Strict);
        await using var rigged = rig;
        using var client = new ClientWebSocket();
        client.Options.SetRequestHeader("Host", "checkout.mesh");

        await client.ConnectAsync(new Uri($"ws://{caller.Url(ListenerSide.Outbound).Authority}/chat"), default);
        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, default);
        byte[] buffer = new byte[100];
        var echo = await client.ReceiveAsync(buffer, default);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, echo.Count));
        Assert.Equal(1, checkout.Identity!.Handshakes);
    }

    [Fact]
    public async Task Call_OfGrpcWebOverHttp1_IsNotTakenForGrpc()
    {
        var (rig, caller, _) = await MeshRig.WithSecureCheckoutAsync(context => context.Response.WriteAsync(context.Request.Protocol), modes: Strict);
        await using var rigged = rig;
        using var client = MeshRig.Client(caller);
        using var body = new ByteArrayContent([0]);
        body.Headers.ContentType = new("application/grpc-web+proto");

        using var response = await client.PostAsync(new Uri("/", UriKind.Relative), body);

        Assert.Equal("HTTP/1.1", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Inbound_HeaderNamesAnotherCaller_TheCertificateCounts()
    {
        var (rig, _, checkout) = await MeshRig.WithSecureCheckoutAsync(context => context.Response.WriteAsync("ok"));
        await using var rigged = rig;
        using var member = rig.Control.Authority!.Client(TestAuthority.IdOf("web"));

        await TryGetAsync(checkout, member, headers: "x-mesh-source-service: admin\r\n");

        var span = (await rig.Sink.SpansAsync(1)).Single();
        Assert.Equal("web", span["mesh.source.service"]);
    }

    [Fact]
    public async Task Call_SidecarWithoutMutualTls_GoesInPlainTextBothWays()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        var app = await rig.StartAppAsync(context => context.Response.WriteAsync("ok"));
        var checkout = await MeshRig.IdentifiedAsync(rig.StartServiceAsync("checkout", "v1", app));
        var old = await rig.StartCallerAsync(o => o with { MutualTls = false });
        await rig.PublishAsync(2, rig.Secure(Snapshot(checkout)));
        using var client = MeshRig.Client(old);

        Assert.Equal("ok", await client.GetStringAsync(new Uri("/", UriKind.Relative)));
        await MeshRig.CountedAsync(checkout, 1);
        Assert.Contains("connection_security_policy=\"none\"", await MetricsAsync(checkout), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeat_WithACertificate_SaysSoUntilTheModeForbidsIt()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        var app = await rig.StartAppAsync(context => context.Response.WriteAsync("ok"));
        var checkout = await MeshRig.IdentifiedAsync(rig.StartServiceAsync("checkout", "v1", app));
        await HeartbeatAsync(rig, acceptsTls: true);

        var byPort = new PeerAuthentication { Name = "port", Services = { "checkout" }, Ports = { [app.Url.Port] = Control.V1.TlsMode.Disable } };
        await rig.PublishAsync(1, rig.Secure(Snapshot(checkout), modes: [Strict, byPort]));

        Assert.Equal(Contracts.Mesh.TlsMode.Disable, checkout.Policy.Policy.Mode);
        await HeartbeatAsync(rig, acceptsTls: false);
    }

    [Fact]
    public async Task Rotation_UnderLoad_LosesNoRequest()
    {
        var life = TimeSpan.FromHours(1);
        // TLS itself goes by the real clock, so certificates must be in force by both.
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using var rig = await MeshRig.StartAsync();
        (rig.Clock, rig.Control.Authority) = (clock, new TestAuthority(life, clock) { Backdated = 10 * life });
        var checkout = await MeshRig.IdentifiedAsync(rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("ok"))));
        var caller = await MeshRig.IdentifiedAsync(rig.StartCallerAsync());
        await rig.PublishAsync(2, rig.Secure(Snapshot(checkout), modes: Strict));
        using var stop = new CancellationTokenSource();
        using var client = MeshRig.Client(caller);
        int[] answered = new int[4];
        var load = Task.WhenAll(Enumerable.Range(0, answered.Length).Select(async worker =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var response = await client.GetAsync(new Uri("/", UriKind.Relative));
                Assert.Equal("ok", await response.Content.ReadAsStringAsync());
                Interlocked.Increment(ref answered[worker]);
            }
        }));

        await RenewAsync();
        await RenewAsync();
        rig.Control.Authority.Rotate();
        await rig.PublishAsync(2, rig.Secure(Snapshot(checkout), modes: Strict));
        await RenewAsync();
        await RenewAsync();
        await AnsweredAsync();
        await stop.CancelAsync();
        await load;

        Assert.Equal(0, caller.Identity!.RefusedHandshakes + checkout.Identity!.RefusedHandshakes);

        async Task RenewAsync()
        {
            // Handshakes have ten seconds by this clock: none is to be under way when it jumps.
            await AnsweredAsync();
            await clock.AwaitedAsync(left => left > life * 0.49 && left < life * 0.52, waiting: 2);
            var (first, second) = (caller.Identity!.Current, checkout.Identity!.Current);
            clock.Advance(life * 0.52);
            await Eventually.HoldsAsync(() => load.IsFaulted || (caller.Identity.Current != first && checkout.Identity.Current != second));
        }

        Task AnsweredAsync()
        {
            int[] enough = [.. answered.Select(a => a + 5)];
            return Eventually.HoldsAsync(() => load.IsFaulted || answered.Zip(enough).All(a => a.First >= a.Second));
        }
    }

    [Fact]
    public async Task RootRotation_CallerThatKnowsOnlyTheOldRoot_FollowsTheCrossSignedOne()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        var caller = await MeshRig.IdentifiedAsync(rig.StartCallerAsync());
        var oldRoots = rig.Control.Authority!.Roots.ToList();
        rig.Control.Authority.Rotate();
        var fresh = await MeshRig.IdentifiedAsync(rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync("fresh"))));
        var snapshot = rig.Secure(Snapshot(fresh), modes: Strict);
        snapshot.Security.Roots.Clear();
        snapshot.Security.Roots.AddRange(oldRoots);
        await rig.PublishAsync(2, snapshot);
        using var client = MeshRig.Client(caller);

        Assert.Equal("fresh", await client.GetStringAsync(new Uri("/", UriKind.Relative)));
        Assert.NotEmpty(fresh.Identity!.Current!.Intermediates);
    }

    private static Snapshot Snapshot(Sidecar checkout) =>
        MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, checkout)]);

    private static async Task HeartbeatAsync(MeshRig rig, bool acceptsTls)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await rig.Control.Heartbeats.Reader.ReadAsync(limit.Token)).AcceptsTls != acceptsTls)
        {
        }
    }

    private static async Task<string> MetricsAsync(Sidecar sidecar)
    {
        using var client = new HttpClient();
        return await client.GetStringAsync(new Uri(sidecar.Url(ListenerSide.Admin), "/metrics"));
    }

    /// <returns>The whole answer; empty when the connection was refused.</returns>
    private static async Task<string> TryGetAsync(Sidecar sidecar, X509Certificate2? certificate, SslProtocols protocols = SslProtocols.Tls13, string headers = "")
    {
        var inbound = sidecar.Url(ListenerSide.Inbound);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(inbound.Host, inbound.Port);
        await using var tls = new SslStream(tcp.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "checkout.mesh",
                EnabledSslProtocols = protocols,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
                // The sidecar under test decides; whom this client believes is not the question.
                RemoteCertificateValidationCallback = (_, server, _, _) => server is not null,
            });
            await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nhost: checkout\r\nconnection: close\r\n{headers}\r\n"));
            using var reader = new StreamReader(tls);
            return await reader.ReadToEndAsync();
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return "";
        }
    }
}
