using System.Net;
using System.Security.Cryptography.X509Certificates;
using MeshInsight.Contracts.Identity;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy.Accept;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Mesh.Tests;

/// <summary>Requests that leave the mesh: only to hosts that are declared, directly or through a gateway.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class ExternalServiceTests(EchoMesh mesh) : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _files = new();
    private readonly EchoApp _echo = new("outside");
    private WebApplication _outside = null!;
    private int _plain;
    private int _secured;

    public async Task InitializeAsync()
    {
        CertificateFiles.Write(_files.Path, "api", "api.example.com");
        using var ephemeral = X509Certificate2.CreateFromPemFile(Path.Combine(_files.Path, "api", "tls.crt"), Path.Combine(_files.Path, "api", "tls.key"));
        var certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate));
        });
        _outside = builder.Build();
        _outside.Run(_echo.AnswerAsync);
        await _outside.StartAsync();
        int[] ports = [.. _outside.Urls.Select(u => new Uri(u).Port)];
        (_plain, _secured) = (ports[0], ports[1]);
    }

    public async Task DisposeAsync() => await _outside.DisposeAsync();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Host_ThatIsDeclared_IsCalled_AndToldNothingOfTheMesh()
    {
        Assert.Equal(404, (await mesh.Client.GetAsync($"api.example.com:{_plain}/v1")).Status);
        _echo.Before = context =>
        {
            context.Response.Headers["x-mesh-response-flags"] = "UF";
            return Task.FromResult(false);
        };

        await using (await mesh.ApplyAsync(External($"{{ port: {_plain}, protocol: HTTP }}")))
        {
            var answer = await mesh.Client.GetAsync($"api.example.com:{_plain}/v1?x=1");

            Assert.Equal(("outside", "/v1", $"api.example.com:{_plain}"), (answer.Backend, answer.Seen!.Path, answer.Seen.Host));
            Assert.DoesNotContain(answer.Seen.Headers.Keys, h => h.StartsWith("x-mesh-", StringComparison.OrdinalIgnoreCase));
            Assert.Equal("", answer.Header("x-mesh-response-flags"));
            Assert.Equal(404, (await mesh.Client.GetAsync("api.example.com:9/")).Status);
            Assert.Equal(404, (await mesh.Client.GetAsync($"other.example.com:{_plain}/")).Status);
        }

        Assert.Equal(404, (await mesh.Client.GetAsync($"api.example.com:{_plain}/v1")).Status);
    }

    [Fact]
    public async Task Tls_IsOriginated_ToWhoProvesTheName()
    {
        await using var _ = await mesh.ApplyAsync(External($"{{ port: 80, tls: {{ mode: Originate, port: {_secured} }} }}"));
        var trusting = await mesh.StartAsync(o => o with { Service = "trusting", Instance = "trusting", ExternalRoots = Path.Combine(_files.Path, "api", "tls.crt") });
        await mesh.RoutedAsync(trusting);
        using var client = new MeshClient(trusting.Url(ListenerSide.Outbound));

        var answer = await client.GetAsync("api.example.com/v1");
        Assert.Equal(("outside", "api.example.com"), (answer.Backend, answer.Seen!.Host));
        // The others trust the system's authorities, which did not sign this one.
        var distrusting = await mesh.Client.GetAsync("api.example.com/v1");
        Assert.Equal((503, "UF"), (distrusting.Status, distrusting.Header("x-mesh-response-flags")));
    }

    [Fact]
    public async Task Host_ThatIsCalledThroughAGateway_IsCalledByNobodyElse()
    {
        var gateway = await mesh.StartAsync(o => o with { Service = "way-out", Instance = "way-out", Gateway = "way-out" });
        string remote = "";
        _echo.Before = context =>
        {
            remote = context.Request.Headers["traceparent"].ToString();
            return Task.FromResult(false);
        };
        await using var _ = await mesh.ApplyAsync(External($"{{ port: {_plain} }}", "gateway: way-out") + $$"""

            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: { name: way-out }
            spec: { listeners: [{ name: unused, port: {{FreePorts.One()}}, protocol: HTTP }] }
            ---
            apiVersion: meshinsight.io/v1
            kind: AuthorizationPolicy
            metadata: { name: who-may-leave }
            spec: { rules: [{ from: [{ source: { principals: ["*/sa/client"] } }] }] }
            """);
        await mesh.RoutedAsync(gateway);

        var answer = await Eventually.GetAsync(() => mesh.Client.GetAsync($"api.example.com:{_plain}/v1"), a => a.Status == 200);
        Assert.Equal("outside", answer.Backend);
        Assert.Matches("^00-", remote);

        // Not of the mesh: refused, whatever is asked for.
        string refused = await RawHttp.SendAsync(gateway.Url(ListenerSide.Inbound).Port, $"GET / HTTP/1.1\r\nHost: api.example.com:{_plain}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403", refused, StringComparison.Ordinal);
        // Of the mesh, but not one that may leave.
        var other = await mesh.StartAsync(o => o with { Service = "other", Instance = "other" });
        await mesh.RoutedAsync(other);
        using var client = new MeshClient(other.Url(ListenerSide.Outbound));
        await Eventually.GetAsync(() => client.GetAsync($"api.example.com:{_plain}/v1"), a => a.Status == 403);
        await client.GetAsync($"api.example.com:{_plain}/why-out", (WhyKey.Header, mesh.WhyKey));
        var told = (await mesh.Sink.SpansAsync(1, s => s["url.path"] == "/why-out" && s.Events.Any(e => e.Name == "mesh.why.policy")))[0].Events;
        Assert.Contains(told, e => e.Text.StartsWith("the caller is spiffe://mesh.local/ns/default/sa/other", StringComparison.Ordinal));
        Assert.Contains(told, e => e.Text.Contains("no AuthorizationPolicy allows it at way-out", StringComparison.Ordinal));
        Assert.Equal(404, (await mesh.Client.GetAsync("way-out/")).Status);
        await gateway.DisposeAsync();
    }

    private static string External(string port, string more = "") => $$"""
        apiVersion: meshinsight.io/v1
        kind: ExternalService
        metadata: { name: api }
        spec:
          hosts: [api.example.com]
          addresses: [127.0.0.1]
          ports: [{{port}}]
          {{more}}
        """;
}
