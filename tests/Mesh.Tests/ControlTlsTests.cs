using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json;
using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests;

/// <summary>A control plane that speaks TLS only, and sidecars that join it, as processes of their own. Whoever sits between reads no token and is not taken for it.</summary>
public sealed class ControlTlsTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<ProgramProcess> _programs = [];
    private readonly HttpClient _api = new();
    private Uri _control = null!;

    private string TokenFile => _directory.File("token");

    public async Task InitializeAsync()
    {
        await StartControlAsync();
        _api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(TokenFile)).Trim());
        using var applied = await _api.PostAsync(new Uri("apply", UriKind.Relative), new StringContent("""
            apiVersion: meshinsight.io/v1
            kind: Service
            metadata: { name: checkout }
            spec: { ports: [{ name: http, port: 80, protocol: HTTP }], versions: [v1] }
            """));
        applied.EnsureSuccessStatusCode();
    }

    public async Task DisposeAsync()
    {
        foreach (var program in Enumerable.Reverse(_programs))
        {
            await program.DisposeAsync();
        }
    }

    public void Dispose()
    {
        _api.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Sidecars_WithTheMeshTokenOrAJoinToken_JoinWithinTls()
    {
        Assert.Equal("https", _control.Scheme);
        string join = _directory.File("join");
        await File.WriteAllTextAsync(join, await JoinTokenAsync("checkout"));

        await InMeshAsync(Start("web", TokenFile));
        await InMeshAsync(Start("checkout", join));
    }

    [Fact]
    public async Task Sidecar_WhoseTokenDoesNotProveTheControlPlane_SendsItNothing_AndSaysSo()
    {
        string token = await JoinTokenAsync("checkout");
        string otherMesh = _directory.File("other");
        await File.WriteAllTextAsync(otherMesh, new string('a', 64));
        string otherPin = _directory.File("other-pin");
        await File.WriteAllTextAsync(otherPin, token[..^64] + new string('0', 64));
        string noPin = _directory.File("no-pin");
        await File.WriteAllTextAsync(noPin, token[..^65]);

        foreach (string file in (string[])[otherMesh, otherPin, noPin, _directory.File("missing")])
        {
            var sidecar = Start("checkout", file);
            await sidecar.PrintedAsync("did not prove that it is the control plane", TimeSpan.FromSeconds(30));
        }

        // The token is as good as before: nobody has used it.
        string join = _directory.File("join");
        await File.WriteAllTextAsync(join, token);
        await InMeshAsync(Start("checkout", join));
    }

    [Fact]
    public async Task JoinToken_OutlivesARestartOfTheControlPlane()
    {
        string join = _directory.File("join");
        await File.WriteAllTextAsync(join, await JoinTokenAsync("checkout"));
        await _programs[0].TerminateAsync();
        await StartControlAsync();

        await InMeshAsync(Start("checkout", join));
    }

    [Fact]
    public async Task ClearTextAndOldTls_AreNotSpoken()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_control.Host, _control.Port);
        using var tls = new SslStream(client.GetStream(), false, (_, certificate, _, _) => certificate is not null);
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "x", EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls12 }));

        using var clear = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { DefaultRequestVersion = new(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Assert.ThrowsAsync<HttpRequestException>(() => clear.GetAsync(new UriBuilder(_control) { Scheme = "http" }.Uri));
    }

    private async Task StartControlAsync()
    {
        var control = ProgramProcess.Start(Repository.ProgramPath("ControlPlane"), new Dictionary<string, string>
        {
            ["MESH_API_PORT"] = "0",
            ["MESH_GRPC_PORT"] = "off",
            ["MESH_GRPC_TLS_PORT"] = "0",
            ["MESH_DATA_DIR"] = _directory.File("control"),
            ["MESH_TOKEN_FILE"] = TokenFile,
            ["MESH_CLICKHOUSE_URL"] = "",
        });
        _programs.Insert(0, control);
        _control = await control.ListeningAsync("grpc-tls");
        if (_api.BaseAddress is null)
        {
            _api.BaseAddress = new Uri(await control.ListeningAsync("api"), "/api/v1/");
        }
    }

    private async Task<string> JoinTokenAsync(string service)
    {
        using var answer = await _api.PostAsync(new Uri($"tokens?service={service}", UriKind.Relative), null);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("token").GetString()!;
    }

    private ProgramProcess Start(string service, string tokenFile)
    {
        var sidecar = ProgramProcess.Start(Repository.ProgramPath("Proxy"), new Dictionary<string, string>
        {
            ["MESH_SERVICE"] = service,
            ["MESH_CONTROL_URL"] = _control.ToString(),
            ["MESH_TOKEN_FILE"] = tokenFile,
            ["MESH_OTLP_URL"] = "off",
            ["MESH_DATA_DIR"] = _directory.File(Guid.NewGuid().ToString("N")),
        });
        _programs.Add(sidecar);
        return sidecar;
    }

    // With a snapshot, and a certificate: what it was signed with went through the same listener.
    private static async Task InMeshAsync(ProgramProcess sidecar)
    {
        using var admin = new HttpClient { BaseAddress = await sidecar.ListeningAsync("admin") };
        await Eventually.GetAsync(() => admin.GetStringAsync(new Uri("/metrics", UriKind.Relative)), page =>
            page.Contains("mesh_proxy_control_connected 1\n", StringComparison.Ordinal) && !page.Contains("identity_cert_expiration_timestamp_seconds 0\n", StringComparison.Ordinal));
    }
}
