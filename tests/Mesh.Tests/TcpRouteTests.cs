using MeshInsight.Contracts.Mesh;
using MeshInsight.Mesh.Tests.Support;
using MeshInsight.Proxy;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;

namespace MeshInsight.Mesh.Tests;

/// <summary>TLSRoute and TCPRoute from YAML to the bytes: the conformance cases of their kind, and policies for what they lead to.</summary>
[Collection(EchoMeshTests.Name)]
public sealed class TcpRouteTests(EchoMesh mesh) : IAsyncLifetime, IDisposable
{
    private static int _runs;

    private readonly string _run = $"{Interlocked.Increment(ref _runs)}";
    private readonly TempDirectory _certificates = new();
    private readonly int _port = FreePorts.One();
    private readonly TcpApp _first = TcpApp.StartTls("first", "abc.example.com");
    private readonly TcpApp _second = TcpApp.StartTls("second", "abc.example.com");
    private readonly TcpApp _plain = TcpApp.Start("plain", greets: true);
    private Sidecar _gateway = null!;

    private string Edge => "l4-edge-" + _run;

    public async Task InitializeAsync()
    {
        foreach (var (name, app) in new[] { ("first", _first), ("second", _second), ("plain", _plain) })
        {
            await mesh.StartAsync(o => o with { Service = Name(name), Version = "v1", Instance = Name(name), AppUrl = app.Url, Protocol = ClusterProtocol.Tcp });
        }

        _gateway = await mesh.StartAsync(o => o with { Service = Edge, Instance = Edge, Gateway = Edge, GatewayCertificates = _certificates.Path });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _plain.DisposeAsync();
    }

    public void Dispose() => _certificates.Dispose();

    /// <summary>TLSRouteSimpleSameNamespace: a connection for the route's name reaches the backend, whose own TLS it is.</summary>
    [Fact]
    public async Task TlsRoute_OfOneName_LeadsToItsBackend_WhoseTlsTheClientSees()
    {
        await using var _ = await ApplyAsync(Listener("TLS", "tls: { mode: Passthrough }"), TlsRoute("simple", "abc.example.com", Backend("first")));

        await using var client = await TcpCaller.ConnectTlsAsync(_port, "abc.example.com");

        Assert.Equal("first heard hello", await client.AskAsync("hello"));
        Assert.Equal(_first.Certificate!.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), client.Shown);
        await Assert.ThrowsAnyAsync<IOException>(() => TcpCaller.ConnectTlsAsync(_port, "other.example.com"));
        string metrics = await Eventually.GetAsync(() => mesh.AdminAsync(_gateway, "/metrics"), m => m.Contains("response_flags=\"NR\"", StringComparison.Ordinal));
        Assert.Contains("istio_tcp_connections_opened_total{", metrics, StringComparison.Ordinal);
        Assert.Contains("\"isPassthrough\": true", await mesh.AdminAsync(_gateway, "/config_dump"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TlsRoutes_TheMoreSpecificNameWins_WhateverIsDeclaredFirst()
    {
        await using var _ = await ApplyAsync(
            Listener("TLS", "hostname: \"*.example.com\", tls: { mode: Passthrough }"), TlsRoute("wide", "\"*.example.com\"", Backend("second")), TlsRoute("exact", "abc.example.com", Backend("first")));

        Assert.Equal("first", await AnsweringAsync("abc.example.com"));
        Assert.Equal("second", await AnsweringAsync("a.b.example.com"));
    }

    [Fact]
    public async Task Weights_AreThoseOfConnections_AndZeroGetsNone()
    {
        const int Connections = 60;
        await using var _ = await ApplyAsync(
            Listener("TLS", "tls: { mode: Passthrough }"), TlsRoute("split", "abc.example.com", $"{{ name: {Name("first")}, weight: 9 }}, {{ name: {Name("second")}, weight: 1 }}, {{ name: {Name("plain")}, weight: 0 }}"));

        var names = new List<string>();
        for (int i = 0; i < Connections; i++)
        {
            names.Add(await AnsweringAsync("abc.example.com"));
        }

        Assert.Equal(["first", "second"], names.Distinct().Order());
        Assert.InRange(names.Count(n => n == "first"), Connections * 0.7, Connections);
    }

    /// <summary>TCPRoute: every connection of the listener reaches the backend, the server's first words included.</summary>
    [Fact]
    public async Task TcpRoute_LeadsToItsBackend_AndEachDirectionEndsOnItsOwn()
    {
        await using var _ = await ApplyAsync(Listener("TCP", "hostname: \"\""), TcpRoute(Backend("plain")));

        await using var client = await TcpCaller.ConnectAsync(_port);

        Assert.Equal("plain greets", await client.ReadAsync());
        Assert.Equal("plain heard x", await client.AskAsync("x"));
        await client.FinishAsync();
        Assert.Equal("plain saw the end", await client.ReadAsync());
        Assert.Null(await client.ReadAsync());
    }

    [Fact]
    public async Task TcpRoute_OnAListenerThatEndsTls_LeadsToAPlainBackend()
    {
        string shown = CertificateFiles.Write(_certificates.Path, "abc", "abc.example.com");
        await using var _ = await ApplyAsync(Listener("TLS", "tls: { mode: Terminate, certificateRefs: [{ name: abc }] }"), TcpRoute(Backend("plain")));

        await using var client = await Eventually.GetAsync(() => TcpCaller.ConnectTlsAsync(_port, "abc.example.com"), _ => true);

        Assert.Equal(("plain greets", shown), (await client.ReadAsync(), client.Shown));
    }

    [Fact]
    public async Task Policies_OfTheBackend_HoldForConnections()
    {
        await using var _ = await ApplyAsync(Listener("TCP", "hostname: \"\""), TcpRoute(Backend("plain")));
        await using (await mesh.ApplyAsync(Policy("client")))
        {
            await mesh.RoutedAsync(mesh.Caller);
            Assert.True(await Eventually.GetAsync(IsRefusedAsync, refused => refused));
        }

        await using (await mesh.ApplyAsync(Policy(Edge)))
        {
            Assert.False(await Eventually.GetAsync(IsRefusedAsync, refused => !refused));
        }
    }

    private string Name(string app) => $"l4-{app}-{_run}";

    private string Backend(string app) => $"{{ name: {Name(app)} }}";

    private string Listener(string protocol, string more) => $"{{ name: main, port: {_port}, protocol: {protocol}, {more} }}";

    private string Policy(string caller) => $$"""
        apiVersion: meshinsight.io/v1
        kind: AuthorizationPolicy
        metadata: { name: who-may-{{_run}} }
        spec:
          targetRefs: [{ kind: Service, name: {{Name("plain")}} }]
          rules: [{ from: [{ source: { principals: ["*/sa/{{caller}}"] } }] }]
        """;

    private string TlsRoute(string name, string hostname, string backends) => Route("TLSRoute", "v1", name, $"hostnames: [{hostname}], rules: [{{ backendRefs: [{backends}] }}]");

    private string TcpRoute(string backends) => Route("TCPRoute", "v1alpha2", "plain", $"rules: [{{ backendRefs: [{backends}] }}]");

    private string Route(string kind, string version, string name, string spec) => $$"""
        apiVersion: gateway.networking.k8s.io/{{version}}
        kind: {{kind}}
        metadata: { name: {{name}}-{{_run}} }
        spec: { parentRefs: [{ kind: Gateway, name: {{Edge}} }], {{spec}} }
        """;

    private async Task<IAsyncDisposable> ApplyAsync(string listener, params string[] routes)
    {
        var services = new[] { ("first", "TLS"), ("second", "TLS"), ("plain", "TCP") }.Select(s => $$"""
            apiVersion: meshinsight.io/v1
            kind: Service
            metadata: { name: {{Name(s.Item1)}} }
            spec: { ports: [{ port: 443, protocol: {{s.Item2}} }], versions: [v1] }
            """);
        string gateway = $$"""
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: { name: {{Edge}} }
            spec: { listeners: [{{listener}}] }
            """;
        // Removed in this order: what refers before what is referred to.
        var applied = await mesh.ApplyAsync(string.Join("\n---\n", routes.Append(gateway).Concat(services)));
        await mesh.RoutedAsync(_gateway);
        await Eventually.HoldsAsync(() => _gateway.Gateway!.Open.Contains(_port));
        await Eventually.HoldsAsync(() => _gateway.Routes.Table.Snapshot.Clusters.Where(c => c.Service.EndsWith("-" + _run, StringComparison.Ordinal)).All(c => c.Endpoints is [{ IsReady: true, Identity.Length: > 0 }]));
        return applied;
    }

    private async Task<string> AnsweringAsync(string serverName)
    {
        await using var client = await TcpCaller.ConnectTlsAsync(_port, serverName);
        return (await client.AskAsync("x"))!.Split(' ')[0];
    }

    private async Task<bool> IsRefusedAsync()
    {
        await using var client = await TcpCaller.ConnectAsync(_port);
        return await client.IsClosedAsync();
    }
}
