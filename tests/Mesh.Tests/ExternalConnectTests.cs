using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Mesh.Tests;

/// <summary>Connections that leave the mesh, asked for by clients who know nothing but a proxy.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class ExternalConnectTests(EchoMesh mesh) : IAsyncLifetime, IDisposable
{
    private const string Host = "api.example.com";

    private readonly TempDirectory _files = new();
    private readonly EchoApp _echo = new("outside");
    private readonly TcpApp _lines = TcpApp.Start("lines", greets: true);
    private WebApplication _outside = null!;
    private string _fingerprint = "";
    private int _port;

    private Uri Proxy => mesh.Caller.Url(ListenerSide.Outbound);

    public async Task InitializeAsync()
    {
        _fingerprint = CertificateFiles.Write(_files.Path, "api", Host);
        using var ephemeral = X509Certificate2.CreateFromPemFile(Path.Combine(_files.Path, "api", "tls.crt"), Path.Combine(_files.Path, "api", "tls.key"));
        var certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate)));
        _outside = builder.Build();
        _outside.Run(_echo.AnswerAsync);
        await _outside.StartAsync();
        _port = new Uri(_outside.Urls.Single()).Port;
    }

    public async Task DisposeAsync()
    {
        await _outside.DisposeAsync();
        await _lines.DisposeAsync();
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task UnmodifiedClients_GoToADeclaredHost_WithinTheirOwnTls()
    {
        await using var _ = await mesh.ApplyAsync(External($"{{ port: {_port}, protocol: TLS }}"));
        string url = $"https://{Host}:{_port}/v1?x=1";

        string curl = await OutsideClient.RunAsync("curl", "curl", "-sS", "-D", "-", "--cacert", Path.Combine(_files.Path, "api", "tls.crt"), "--proxy", Proxy.ToString(), url);
        Assert.Contains("x-backend: outside", curl, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"Query\":\"?x=1\"", curl, StringComparison.Ordinal);

        string node = await NodeScript.RunAsync("proxy/connect.js", Proxy.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), Host, $"{_port}", Path.Combine(_files.Path, "api", "tls.crt"));
        Assert.Contains("200 outside", node, StringComparison.Ordinal);

        string shown = "";
        using var handler = new SocketsHttpHandler { Proxy = new WebProxy(Proxy), UseProxy = true };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => (shown = certificate!.GetCertHashString(HashAlgorithmName.SHA256)).Length > 0;
        using var client = new HttpClient(handler);
        using var response = await client.GetAsync(url);
        Assert.Equal((200, _fingerprint), ((int)response.StatusCode, shown));
        Assert.DoesNotContain("x-mesh", await response.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(
            (await mesh.AdminAsync("/metrics")).Split('\n'),
            l => l.StartsWith("istio_tcp_connections_opened_total{", StringComparison.Ordinal) && l.Contains($"destination_service_name=\"{Host}\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatIsNotDeclared_IsRefusedInWords()
    {
        Assert.Contains("404", await ConnectAsync(Proxy.Port, $"{Host}:{_port}"), StringComparison.Ordinal);
        await using var _ = await mesh.ApplyAsync(External($"{{ port: {_port}, protocol: TLS }}, {{ port: 80, protocol: HTTP }}"));

        Assert.StartsWith("HTTP/1.1 200", await ConnectAsync(Proxy.Port, $"{Host}:{_port}"), StringComparison.Ordinal);
        string otherPort = await ConnectAsync(Proxy.Port, $"{Host}:8443");
        Assert.StartsWith("HTTP/1.1 404", otherPort, StringComparison.Ordinal);
        Assert.Contains($"{Host} takes no connections at port 8443", otherPort, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", await ConnectAsync(Proxy.Port, $"{Host}:80"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", await ConnectAsync(Proxy.Port, "127.0.0.1:4443"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", await ConnectAsync(Proxy.Port, "echo-v1.mesh:443"), StringComparison.Ordinal);
        string http2 = await OutsideClient.RunAsync("node", "nodejs", "-e", $$"""
            const session = require('http2').connect('http://127.0.0.1:{{Proxy.Port}}');
            const stream = session.request({ ':method': 'CONNECT', ':authority': '{{Host}}:{{_port}}' });
            stream.on('response', head => console.log(head[':status'])).on('data', text => process.stdout.write(text)).on('end', () => session.close());
            """);
        Assert.Contains("501\nCONNECT", http2, StringComparison.Ordinal);
        // And its port of bytes takes no requests.
        var plain = await mesh.Client.GetAsync($"{Host}:{_port}/");
        Assert.Equal((404, "NR"), (plain.Status, plain.Header("x-mesh-response-flags")));
    }

    [Fact]
    public async Task Tcp_ThroughAGateway_OnlyForWhomItsPoliciesLet()
    {
        var gateway = await mesh.StartAsync(o => o with { Service = "tcp-out", Instance = "tcp-out", Gateway = "tcp-out" });
        await using var _ = await mesh.ApplyAsync(External($"{{ port: {_lines.Port}, protocol: TCP }}, {{ port: {_port}, protocol: TLS }}", "gateway: tcp-out") + $$"""

            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: { name: tcp-out }
            spec: { listeners: [{ name: unused, port: {{FreePorts.One()}}, protocol: HTTP }] }
            ---
            apiVersion: meshinsight.io/v1
            kind: AuthorizationPolicy
            metadata: { name: who-may-connect }
            spec: { rules: [{ from: [{ source: { principals: ["*/sa/client"] } }], to: [{ operation: { methods: [CONNECT], hosts: [{{Host}}] } }] }] }
            """);
        await mesh.RoutedAsync(gateway);
        await Eventually.GetAsync(() => ConnectAsync(Proxy.Port, $"{Host}:{_port}"), a => a.StartsWith("HTTP/1.1 200", StringComparison.Ordinal));

        var (client, answer) = await TcpCaller.ConnectThroughAsync(Proxy.Port, $"{Host}:{_lines.Port}", after: "early\n");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal("lines greets", await client.ReadAsync());
        Assert.Equal("lines heard early", await client.ReadAsync());
        await client.FinishAsync();
        Assert.Equal("lines saw the end", await client.ReadAsync());
        Assert.Null(await client.ReadAsync());
        Assert.Contains($"destination_service_name=\"{Host}\"", await mesh.AdminAsync(gateway, "/metrics"), StringComparison.Ordinal);
        Assert.Contains("destination_principal=\"spiffe://mesh.local/ns/default/sa/tcp-out\"", await mesh.AdminAsync("/metrics"), StringComparison.Ordinal);
        await client.DisposeAsync();

        // Not of the mesh: refused, whatever is asked for.
        string stranger = await ConnectAsync(gateway.Url(ListenerSide.Inbound).Port, $"{Host}:{_lines.Port}");
        Assert.StartsWith("HTTP/1.1 403", stranger, StringComparison.Ordinal);
        Assert.Contains("this gateway takes mutual TLS only (UAEX)", stranger, StringComparison.Ordinal);
        // Of the mesh, but not one that may leave: it hears why.
        var other = await mesh.StartAsync(o => o with { Service = "stayer", Instance = "stayer" });
        await mesh.RoutedAsync(other);
        string denied = await Eventually.GetAsync(() => ConnectAsync(other.Url(ListenerSide.Outbound).Port, $"{Host}:{_lines.Port}"), a => a.StartsWith("HTTP/1.1 403", StringComparison.Ordinal));
        Assert.Contains("no AuthorizationPolicy allows it at tcp-out (UAEX)", denied, StringComparison.Ordinal);
        Assert.Contains("x-mesh-response-flags: UAEX", denied, StringComparison.Ordinal);
        // Where the host is away, the gateway's reason is the caller's.
        int port = _lines.Port;
        await _lines.DisposeAsync();
        string away = await ConnectAsync(Proxy.Port, $"{Host}:{port}");
        Assert.StartsWith("HTTP/1.1 503", away, StringComparison.Ordinal);
        Assert.Contains("took the connection", away, StringComparison.Ordinal);
        await gateway.DisposeAsync();
    }

    private static async Task<string> ConnectAsync(int proxy, string target)
    {
        var (client, answer) = await TcpCaller.ConnectThroughAsync(proxy, target);
        await client.DisposeAsync();
        return answer;
    }

    private static string External(string ports, string more = "") => $$"""
        apiVersion: meshinsight.io/v1
        kind: ExternalService
        metadata: { name: connect }
        spec:
          hosts: [{{Host}}]
          addresses: [127.0.0.1]
          ports: [{{ports}}]
          {{more}}
        """;
}
