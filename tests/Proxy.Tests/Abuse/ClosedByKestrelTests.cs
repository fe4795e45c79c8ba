using System.Net.Security;
using System.Security.Authentication;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Abuse;

/// <summary>What Kestrel refuses before there is a request is counted like all that we refuse ourselves.</summary>
public sealed class ClosedByKestrelTests
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static readonly HttpClient Http = new();

    [Theory]
    [InlineData("outbound", "GARBAGE\r\n\r\n", "invalid_request")]
    [InlineData("inbound", "GET / HTTP/1.1\r\nHost: a\r\nX A: 1\r\n\r\n", "invalid_request")]
    [InlineData("inbound", "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "invalid_request")]
    [InlineData("outbound", "GET / HTTP/1.1\r\nHost: a\r\nX: $MUCH\r\n\r\n", "headers_too_large")]
    [InlineData("inbound", "GET / HTTP/1.1\r\nHost: a\r\n$MANY\r\n", "headers_too_large")]
    [InlineData("admin", "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", "headers_timeout")]
    // A SETTINGS frame of five bytes (RFC 9113, section 6.5: six each), and DATA on stream 0 (6.1).
    [InlineData("inbound", Preface + "\0\0\x05\x04\0\0\0\0\0\0\0\0\0\0", "http2_error")]
    [InlineData("outbound", Preface + "\0\0\0\x04\0\0\0\0\0\0\0\x01\0\0\0\0\0\0x", "http2_error")]
    public async Task Connection_OfAClientThatBreaksTheRules_IsCountedBySideAndReason(string side, string bytes, string reason)
    {
        await using var rig = await MeshRig.StartAsync();
        await using var app = await TestApp.StartAsync(context => context.Response.WriteAsync("ok"));
        var sidecar = await rig.StartSidecarAsync(new() { Service = "checkout", Version = "v1", AppUrl = app.Url, Clients = new() { RequestHeaders = TimeSpan.FromSeconds(1) } });
        string much = new('x', 80 * 1024);
        string many = string.Concat(Enumerable.Range(0, 150).Select(i => $"X-{i}: 1\r\n"));

        using (var client = await RawClient.ConnectAsync(sidecar.Url(Enum.Parse<ListenerSide>(side, ignoreCase: true))))
        {
            try
            {
                await client.WriteAsync(bytes.Replace("$MUCH", much, StringComparison.Ordinal).Replace("$MANY", many, StringComparison.Ordinal));
            }
            catch (IOException)
            {
                // Refused before all was sent.
            }

            await client.ReadToEndAsync();
        }

        await CountedAsync(sidecar, side, reason);
        await sidecar.StopAsync();
        var batch = rig.Sink.Metrics!;
        var sum = Assert.Single(batch.Numbers.Span.ToArray(), p => batch.Symbols.GetString(batch.Metrics[p.Point.Metric].Name) == "mesh_proxy_connections_closed_total");
        Assert.Equal(1, sum.Int);
    }

    [Fact]
    public async Task Handshake_ThatFails_IsCounted()
    {
        await using var rig = await MeshRig.StartSecureAsync();
        await using var app = await TestApp.StartAsync(context => context.Response.WriteAsync("ok"));
        var sidecar = await MeshRig.IdentifiedAsync(rig.StartSidecarAsync(new() { Service = "checkout", Version = "v1", AppUrl = app.Url }));

        using var client = await RawClient.ConnectAsync(sidecar.Url(ListenerSide.Inbound));
        await using var tls = new SslStream(client.Stream, leaveInnerStreamOpen: true);
        // Sidecars speak TLS 1.3 only.
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "checkout", EnabledSslProtocols = SslProtocols.Tls12 });
            _ = await tls.ReadAsync(new byte[1]) > 0 ? true : throw new IOException("Closed.");
        });

        await CountedAsync(sidecar, "inbound", "tls_handshake_failed");
    }

    [Fact]
    public async Task Clients_ThatLeaveOrAreAnswered_AreNotCounted()
    {
        await using var rig = await MeshRig.StartAsync();
        await using var app = await TestApp.StartAsync(context => context.Response.WriteAsync("ok"));
        var sidecar = await rig.StartSidecarAsync(new() { Service = "checkout", Version = "v1", AppUrl = app.Url });

        Assert.StartsWith("HTTP/1.1 200 ", await RawClient.SendAsync(sidecar.Url(ListenerSide.Inbound), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        using (var client = await RawClient.ConnectAsync(sidecar.Url(ListenerSide.Inbound)))
        {
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await client.ReadUntilAsync("ok");
        }

        // Whoever broke a rule after them is counted, so they have been seen by then.
        await RawClient.SendAsync(sidecar.Url(ListenerSide.Inbound), "GARBAGE\r\n\r\n");
        await CountedAsync(sidecar, "inbound", "invalid_request");
        string page = await MetricsAsync(sidecar);
        Assert.Single(page.Split('\n'), l => l.StartsWith("mesh_proxy_connections_closed_total{", StringComparison.Ordinal));
    }

    private static Task<string> MetricsAsync(Sidecar sidecar) => Http.GetStringAsync(new Uri(sidecar.Url(ListenerSide.Admin), "/metrics"));

    // Kestrel tells at the connection's end, which the client may see first.
    private static Task<string> CountedAsync(Sidecar sidecar, string side, string reason) => Eventually.GetAsync(
        () => MetricsAsync(sidecar),
        page => page.Contains($"mesh_proxy_connections_closed_total{{side=\"{side}\",reason=\"{reason}\"}} 1\n", StringComparison.Ordinal));
}
