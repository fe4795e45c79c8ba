using System.Globalization;
using System.Text.RegularExpressions;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests;

/// <summary>Clients that others wrote, h2load and wrk, against a sidecar that is a process of its own: every request is answered, as policy and routes say.</summary>
[Collection(EchoMeshTests.Name)]
public sealed partial class OutsideClientTests(EchoMesh mesh) : IAsyncLifetime, IDisposable
{
    private const int Requests = 2000;

    private readonly TempDirectory _data = new();
    private readonly EchoApp _echo = new("outside");
    private IAsyncDisposable _declared = null!;
    private Proxy.Tests.Support.TestApp _app = null!;
    private ProgramProcess _sidecar = null!;
    private Uri _inbound = null!;
    private Uri _outbound = null!;

    public async Task InitializeAsync()
    {
        // Taken away in this order: a policy may not name a service that is gone.
        _declared = await mesh.ApplyAsync("""
            apiVersion: meshinsight.io/v1
            kind: AuthorizationPolicy
            metadata: { name: outside-tested }
            spec:
              targetRefs: [{ group: "", kind: Service, name: outside-tested }]
              action: DENY
              rules: [{ to: [{ operation: { paths: [/admin*] } }] }]
            ---
            apiVersion: meshinsight.io/v1
            kind: Service
            metadata: { name: outside-tested }
            spec: { ports: [{ name: http, port: 80, protocol: HTTP }], versions: [v1] }
            """);
        _app = await Proxy.Tests.Support.TestApp.StartAsync(_echo.AnswerAsync);
        _sidecar = ProgramProcess.Start(Repository.ProgramPath("Proxy"), new Dictionary<string, string>
        {
            ["MESH_SERVICE"] = "outside-tested",
            ["MESH_VERSION"] = "v1",
            ["MESH_APP_URL"] = _app.Url.ToString(),
            ["MESH_CONTROL_URL"] = mesh.ControlUrl.ToString(),
            ["MESH_TOKEN_FILE"] = mesh.TokenFile,
            ["MESH_OTLP_URL"] = "off",
            ["MESH_DATA_DIR"] = _data.Path,
        });
        (_inbound, _outbound) = (await _sidecar.ListeningAsync("inbound"), await _sidecar.ListeningAsync("outbound"));
        using var admin = new HttpClient { BaseAddress = await _sidecar.ListeningAsync("admin") };
        await Eventually.GetAsync(
            async () =>
            {
                using var ready = await admin.GetAsync(new Uri("/readyz", UriKind.Relative));
                return ready.IsSuccessStatusCode;
            },
            ready => ready);
    }

    public async Task DisposeAsync()
    {
        await _sidecar.DisposeAsync();
        await _app.DisposeAsync();
        await _declared.DisposeAsync();
    }

    public void Dispose() => _data.Dispose();

    [Theory]
    [InlineData("/ok", true, true)]
    [InlineData("/ok", true, false)]
    [InlineData("/ok", false, true)]
    [InlineData("/ok", false, false)]
    [InlineData("/admin", true, true)]
    [InlineData("/admin", true, false)]
    public async Task H2Load_IsAnsweredEveryRequest(string path, bool inbound, bool http2)
    {
        var listener = inbound ? _inbound : _outbound;

        string report = await OutsideClient.RunAsync(
            "h2load", "nghttp2-client",
            [$"-n{Requests}", "-c8", .. http2 ? (string[])["-m16"] : ["--h1"], $"--connect-to={listener.Authority}", $"http://{(inbound ? "outside-tested.mesh" : "echo-v1.mesh")}{path}"]);

        var answered = StatusCodes().Match(report);
        Assert.True(answered.Success, report);
        var counts = answered.Groups.Values.Skip(1).Select(g => int.Parse(g.Value, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(path == "/ok" ? [Requests, 0, 0, 0] : [0, 0, Requests, 0], counts);
        Assert.Contains(" 0 errored, 0 timeout", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/ok", true)]
    [InlineData("/ok", false)]
    [InlineData("/admin", true)]
    public async Task Wrk_IsAnsweredEveryRequest(string path, bool inbound)
    {
        string report = await OutsideClient.RunAsync(
            "wrk", "wrk", "-t1", "-c8", "-d1s", "-H", $"Host: {(inbound ? "outside-tested.mesh" : "echo-v1.mesh")}", new Uri(inbound ? _inbound : _outbound, path).ToString());

        var total = Total().Match(report);
        Assert.True(total.Success && total.Groups[1].Value != "0", report);
        Assert.DoesNotContain("Socket errors", report, StringComparison.Ordinal);
        var refused = Refused().Match(report);
        Assert.Equal(path == "/ok" ? "" : total.Groups[1].Value, refused.Groups[1].Value);
    }

    [GeneratedRegex(@"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx")]
    private static partial Regex StatusCodes();

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Total();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Refused();
}
