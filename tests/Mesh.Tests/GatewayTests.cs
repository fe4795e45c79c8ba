using System.Text.Json;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy;
using MeshInsight.Proxy.Tests.Abuse;
using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests;

/// <summary>Requests from outside, through a gateway of the mesh: names, certificates, and what is not believed.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class GatewayTests(EchoMesh mesh) : IAsyncLifetime, IDisposable
{
    private static int _gateways;

    private readonly string _name = $"edge-{Interlocked.Increment(ref _gateways)}";
    private readonly TempDirectory _certificates = new();
    private readonly int _http = FreePorts.One();
    private readonly int _https = FreePorts.One();
    private Sidecar _gateway = null!;

    public async Task InitializeAsync() => _gateway = await mesh.StartAsync(o => o with
    {
        Service = _name,
        Instance = _name,
        Gateway = _name,
        GatewayCertificates = _certificates.Path,
    });

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task Request_GoesWhereItsMostSpecificNameSays()
    {
        await using var _ = await ApplyAsync(
            $"[{{ name: web, port: {_http}, protocol: HTTP }}]",
            Route("exact", "[shop.example.com]", "- { matches: [{ path: { value: /v1 } }], backendRefs: [{ name: echo-v1 }] }"),
            Route("wild", "[\"*.example.com\"]", "- { backendRefs: [{ name: echo-v2 }] }"));
        using var client = new EdgeClient();

        Assert.Equal("echo-v1", (await client.GetAsync($"http://shop.example.com:{_http}/v1/x")).Backend);
        // What no rule of the more specific name takes is for the rules of wider names.
        Assert.Equal("echo-v2", (await client.GetAsync($"http://SHOP.example.com:{_http}/other")).Backend);
        Assert.Equal("echo-v2", (await client.GetAsync($"http://a.b.example.com:{_http}/v1")).Backend);
        Assert.Equal(404, (await client.GetAsync($"http://example.com:{_http}/")).Status);
        Assert.Equal(404, (await client.GetAsync($"http://echo-v1.mesh:{_http}/")).Status);
    }

    [Fact]
    public async Task Client_ThatResetsWhatItOpens_LosesItsConnection()
    {
        await using var _ = await ApplyAsync($"[{{ name: web, port: {_http}, protocol: HTTP }}]", Route("all", "[]", "- { backendRefs: [{ name: echo-v1 }] }"));
        mesh.Backends["echo-v1"].Before = async context =>
        {
            var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            context.RequestAborted.Register(() => aborted.TrySetResult());
            await aborted.Task;
            return true;
        };
        try
        {
            await using var client = await RawHttp2.ConnectAsync(new Uri($"http://127.0.0.1:{_http}"));
            int opened = 0;
            while (opened < 20_000 && await client.TryGetAndResetAsync("shop.example.com", "/"))
            {
                opened++;
            }

            // By the rule for all listeners, which counts it, or before it by Kestrel's own, for which 200 streams at once are enough here.
            await client.Closed.WaitAsync(TimeSpan.FromSeconds(30));
        }
        finally
        {
            mesh.Backends["echo-v1"].Before = null;
        }
    }

    [Fact]
    public async Task Http3_WhereQuicIs_IsAnnouncedAndServed_ElseWhatIsMissingIsNamedAndTheRestServed()
    {
        CertificateFiles.Write(_certificates.Path, "shop", "localhost");
        await using var _ = await ApplyAsync(
            $"[{{ name: shop, port: {_https}, protocol: HTTPS, http3: true, tls: {{ certificateRefs: [{{ name: shop }}] }} }}]", Route("all", "[]", "- { backendRefs: [{ name: echo-v1 }] }"));
        using var client = new EdgeClient(2);

        var answer = await client.GetAsync($"https://localhost:{_https}/");

        Assert.Equal("echo-v1", answer.Backend);
        string dump = await mesh.AdminAsync(_gateway, "/config_dump");
        Assert.Equal("ready\n", await mesh.AdminAsync(_gateway, "/readyz"));
        if (OperatingSystem.IsLinux() && System.Net.Quic.QuicConnection.IsSupported)
        {
            Assert.Equal($"h3=\":{_https}\"; ma=86400", answer.Header("alt-svc"));
            using var quic = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null } });
            using var request = new HttpRequestMessage(HttpMethod.Get, $"https://localhost:{_https}/") { Version = System.Net.HttpVersion.Version30, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await quic.SendAsync(request);
            Assert.Equal((System.Net.HttpVersion.Version30, 200), (response.Version, (int)response.StatusCode));
        }
        else
        {
            Assert.Equal("", answer.Header("alt-svc"));
            using var page = JsonDocument.Parse(dump);
            string missing = Assert.Single(page.RootElement.GetProperty("gateway").GetProperty("missing").EnumerateArray().Select(m => m.GetString()!));
            Assert.Contains($"Port {_https} does not serve HTTP/3", missing, StringComparison.Ordinal);
            Assert.Contains("libmsquic", missing, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Request_FromOutside_SaysOfItselfWhatWeKnow()
    {
        await using var _ = await ApplyAsync($"[{{ name: web, port: {_http}, protocol: HTTP }}]", Route("all", "[]", "- { backendRefs: [{ name: echo-v1 }] }"));
        using var client = new EdgeClient();
        const string Outsiders = "0af7651916cd43dd8448eb211c80319c";

        var seen = (await client.GetAsync(
            $"http://shop.example.com:{_http}/",
            ("x-mesh-source-service", "checkout"),
            ("x-mesh-timeout-ms", "1"),
            ("traceparent", $"00-{Outsiders}-b7ad6b7169203331-01"),
            ("baggage", "mesh.priority=critical"),
            ("X-Forwarded-For", "10.9.8.7"),
            ("X-Forwarded-Host", "admin.example.com"),
            ("X-Forwarded-Proto", "https"))).Seen!;

        Assert.Equal("shop.example.com:" + _http, seen.Host);
        Assert.Equal("", seen["x-mesh-source-service"] + seen["x-mesh-timeout-ms"] + seen["baggage"]);
        Assert.Matches("^00-[0-9a-f]{32}-", seen["traceparent"]);
        Assert.DoesNotContain(Outsiders, seen["traceparent"], StringComparison.Ordinal);
        // Ours after theirs; the second 127.0.0.1 is the gateway, as the app's own sidecar saw it.
        Assert.Equal("10.9.8.7, 127.0.0.1, 127.0.0.1", seen["X-Forwarded-For"]);
        Assert.Equal(("http", "shop.example.com:" + _http), (seen["X-Forwarded-Proto"], seen["X-Forwarded-Host"]));
    }

    [Fact]
    public async Task Gateway_ProvesWhoItIs()
    {
        await using var _ = await ApplyAsync($"[{{ name: web, port: {_http}, protocol: HTTP }}]", Route("all", "[]", "- { backendRefs: [{ name: echo-v1 }] }"));
        await using var policy = await mesh.ApplyAsync($$"""
            apiVersion: meshinsight.io/v1
            kind: AuthorizationPolicy
            metadata: { name: only-the-edge }
            spec:
              targetRefs: [{ kind: Service, name: echo-v1 }]
              rules: [{ from: [{ source: { principals: ["*/sa/{{_name}}"] } }] }]
            """);
        using var client = new EdgeClient();

        await Eventually.GetAsync(() => mesh.Client.GetAsync("echo-v1/"), a => a.Status == 403);
        Assert.Equal("echo-v1", (await client.GetAsync($"http://shop.example.com:{_http}/")).Backend);
    }

    [Fact]
    public async Task Tls_EndsWithTheCertificateOfTheName()
    {
        string shop = CertificateFiles.Write(_certificates.Path, "shop", "shop.example.com");
        string wild = CertificateFiles.Write(_certificates.Path, "wild", "*.example.com");
        await using var _ = await ApplyAsync(
            $$"""
            [{ name: plain, port: {{_http}}, protocol: HTTP },
             { name: web, port: {{_https}}, protocol: HTTPS, hostname: "*.example.com", tls: { certificateRefs: [{ name: wild }, { name: shop }] } }]
            """,
            Route("to-https", "[]", "- { filters: [{ type: RequestRedirect, requestRedirect: { scheme: https, port: " + _https + ", statusCode: 301 } }] }", "plain"),
            Route("all", "[]", "- { backendRefs: [{ name: echo-v1 }] }", "web"));
        using var client = new EdgeClient(major: 2);
        using var plain = new EdgeClient();

        var redirected = await plain.GetAsync($"http://shop.example.com:{_http}/cart?q=1");
        Assert.Equal((301, $"https://shop.example.com:{_https}/cart?q=1"), (redirected.Status, redirected.Header("Location")));

        var seen = (await client.GetAsync(redirected.Header("Location"))).Seen!;
        Assert.Equal(("/cart", "https", shop), (seen.Path, seen["X-Forwarded-Proto"], client.LastCertificate));
        Assert.Equal(2, (await client.GetAsync($"https://other.example.com:{_https}/")).Response.Version.Major);
        Assert.Equal(wild, client.LastCertificate);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"https://example.org:{_https}/"));
    }

    [Fact]
    public async Task Certificate_IsSwapped_WithoutLosingAConnection()
    {
        string before = CertificateFiles.Write(_certificates.Path, "shop", "shop.example.com");
        await using var _ = await ApplyAsync(
            $$"""[{ name: web, port: {{_https}}, protocol: HTTPS, tls: { certificateRefs: [{ name: shop }] } }]""", Route("all", "[]", "- { backendRefs: [{ name: echo-v1 }] }"));
        using var held = new EdgeClient();
        string url = $"https://shop.example.com:{_https}/";
        Assert.Equal(200, (await held.GetAsync(url)).Status);

        string after = CertificateFiles.Write(_certificates.Path, "shop", "shop.example.com");
        await Eventually.GetAsync(ShownAsync, shown => shown == after);
        // A half-written pair must not take the gateway down.
        File.WriteAllText(Path.Combine(_certificates.Path, "shop", "tls.key"), "-----BEGIN");
        await Eventually.GetAsync(() => mesh.AdminAsync(_gateway, "/config_dump"), dump => Certificate(dump).GetProperty("problem").GetString()!.Length > 0);

        Assert.Equal(after, await ShownAsync());
        Assert.Equal(200, (await held.GetAsync(url)).Status);
        Assert.Equal((1, before), (held.Handshakes, held.LastCertificate));

        async Task<string> ShownAsync()
        {
            using var client = new EdgeClient();
            await client.GetAsync(url);
            return client.LastCertificate;
        }
    }

    [Fact]
    public async Task CertificatesAndRoutes_SwappedUnderLoad_LoseNoRequest()
    {
        const int Callers = 4;
        const int Swaps = 5;
        string shown = CertificateFiles.Write(_certificates.Path, "shop", "shop.example.com");
        await using var _ = await ApplyAsync(
            $$"""[{ name: web, port: {{_https}}, protocol: HTTPS, tls: { certificateRefs: [{ name: shop }] } }]""", Route("all", "[]", "- { backendRefs: [{ name: echo-v1 }] }"));
        string url = $"https://shop.example.com:{_https}/";
        using var stop = new CancellationTokenSource();
        // Half of them hold their connection, half make one per request.
        var load = Enumerable.Range(0, Callers).Select(i => LoadAsync(holds: i % 2 == 0)).ToList();

        for (int swap = 0; swap < Swaps; swap++)
        {
            shown = CertificateFiles.Write(_certificates.Path, "shop", "shop.example.com");
            await using var other = await mesh.ApplyAsync(Route("other", "[shop.example.com]", "- { backendRefs: [{ name: echo-v2 }] }"));
            await Eventually.HoldsAsync(() => _gateway.Certificates.All.Single() is { Problem: "" } state && state.Fingerprint.Length > 0 && Fingerprint(state) == shown);
        }

        await stop.CancelAsync();
        var statuses = (await Task.WhenAll(load)).SelectMany(s => s).ToList();
        Assert.True(statuses.Count > 50, $"Only {statuses.Count} requests were made.");
        Assert.All(statuses, s => Assert.Equal(200, s));

        static string Fingerprint(Proxy.Edge.CertificateState state) => state.Certificate!.Leaf.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);

        async Task<List<int>> LoadAsync(bool holds)
        {
            var seen = new List<int>();
            using var held = new EdgeClient(major: 2);
            while (!stop.IsCancellationRequested)
            {
                using var fresh = new EdgeClient();
                seen.Add((await (holds ? held : fresh).GetAsync(url)).Status);
            }

            return seen;
        }
    }

    [Fact]
    public async Task Connection_UsedForAnotherListenersName_IsMisdirected()
    {
        CertificateFiles.Write(_certificates.Path, "both", "shop.example.com", "admin.example.com");
        await using var _ = await ApplyAsync(
            $$"""
            [{ name: shop, port: {{_https}}, protocol: HTTPS, hostname: shop.example.com, tls: { certificateRefs: [{ name: both }] } },
             { name: admin, port: {{_https}}, protocol: HTTPS, hostname: admin.example.com, tls: { certificateRefs: [{ name: both }] } }]
            """,
            Route("all", "[]", "- { backendRefs: [{ name: echo-v1 }] }"));

        Assert.Equal("HTTP/1.1 200", await StatusAsync("shop.example.com", "shop.example.com"));
        Assert.Equal("HTTP/1.1 421", await StatusAsync("shop.example.com", "admin.example.com"));
        Assert.Equal("HTTP/1.1 200", await StatusAsync("admin.example.com", "admin.example.com"));

        async Task<string> StatusAsync(string serverName, string host) =>
            (await RawHttp.SendAsync(_https, $"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n", serverName))[.."HTTP/1.1 200".Length];
    }

    [Theory]
    [InlineData("/a//b", "/a/b")]
    [InlineData("/a/./b/../c", "/a/c")]
    [InlineData("//a", "/a")]
    public async Task Path_IsNormalizedBeforeItIsMatched(string sent, string seen)
    {
        await using var _ = await ApplyAsync($"[{{ name: web, port: {_http}, protocol: HTTP }}]", Route("a", "[]", "- { matches: [{ path: { value: /a } }], backendRefs: [{ name: echo-v1 }] }"));

        string answer = await RawHttp.SendAsync(_http, $"GET {sent} HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n");

        Assert.Contains($"\"Path\":\"{seen}\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Path_WithAnEscapedSlash_IsSentWhereItLeads()
    {
        await using var _ = await ApplyAsync($"[{{ name: web, port: {_http}, protocol: HTTP }}]", Route("a", "[]", "- { backendRefs: [{ name: echo-v1 }] }"));

        string answer = await RawHttp.SendAsync(_http, "GET /public/..%2Fadmin?x=%2F HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 307", answer, StringComparison.Ordinal);
        Assert.Contains("Location: http://shop.example.com/admin?x=%2F\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listeners_ComeAndGo_WithTheSnapshot()
    {
        using var client = new EdgeClient();
        await using (await ApplyAsync($"[{{ name: web, port: {_http}, protocol: HTTP }}]", Route("a", "[]", "- { backendRefs: [{ name: echo-v1 }] }")))
        {
            Assert.Equal(200, (await client.GetAsync($"http://shop.example.com:{_http}/")).Status);
            await mesh.AdminAsync(_gateway, "/readyz");
        }

        await mesh.RoutedAsync(_gateway);
        await Eventually.HoldsAsync(() => !_gateway.Gateway!.Open.Any());
        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            using var late = new EdgeClient();
            await late.GetAsync($"http://shop.example.com:{_http}/");
        });
    }

    private static JsonElement Certificate(string dump) => JsonDocument.Parse(dump).RootElement.GetProperty("gateway").GetProperty("certificates")[0];

    private string Route(string name, string hostnames, string rules, string section = "") => $$"""
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: { name: {{name}} }
        spec:
          parentRefs: [{ kind: Gateway, name: {{_name}}{{(section.Length > 0 ? $", sectionName: {section}" : "")}} }]
          hostnames: {{hostnames}}
          rules:
            {{rules}}
        """;

    private async Task<IAsyncDisposable> ApplyAsync(string listeners, params string[] routes)
    {
        string gateway = $$"""
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: { name: {{_name}} }
            spec:
              listeners: {{listeners.ReplaceLineEndings(" ")}}
            """;
        // Last, since what is applied is removed in this order.
        var applied = await mesh.ApplyAsync(string.Join("\n---\n", routes.Append(gateway)));
        await mesh.RoutedAsync(_gateway);
        await Eventually.HoldsAsync(() => _gateway.Gateway!.Open.Any() && _gateway.Routes.Table.Gateway.Ports.All(_gateway.Gateway!.Open.Contains));
        return applied;
    }
}
