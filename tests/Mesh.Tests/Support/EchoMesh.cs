extern alias control;

using System.Net.Http.Headers;
using System.Text.Json;
using control::MeshInsight.ControlPlane;
using control::MeshInsight.ControlPlane.Publish;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshInsight.Mesh.Tests.Support;

/// <summary>
/// The mesh that the Gateway API's conformance tests assume, with nothing faked: a control plane, a client's sidecar, and the services <c>echo-v1</c>,
/// <c>echo-v2</c>, <c>grpc-v1</c>, <c>grpc-v2</c> of one instance each. <c>echo</c> and <c>grpc</c> are names to attach routes to. One test at a time.
/// </summary>
public sealed class EchoMesh : IAsyncLifetime, IDisposable
{
    private const string Services = """
        apiVersion: meshinsight.io/v1
        kind: Service
        metadata: { name: $NAME }
        spec: { ports: [{ name: first, port: 80, protocol: $PROTOCOL }, { name: second, port: 8080, protocol: $PROTOCOL }], versions: [v1] }
        """;

    private readonly TempDirectory _directory = new();
    private readonly List<IAsyncDisposable> _parts = [];
    private readonly List<Sidecar> _sidecars = [];
    private WebApplication _control = null!;
    private HttpClient _api = null!;
    private ControlPlaneOptions _options = null!;
    private ulong _seed = 1;
    private ProxyOptions _common = null!;

    internal Sidecar Caller { get; private set; } = null!;

    internal Uri ControlUrl => _common.ControlUrl!;

    internal string TokenFile => _common.TokenFile;

    /// <summary>The control plane's MESH_JWKS_DIR.</summary>
    internal string JwksDirectory => _options.JwksDirectory!;

    internal Task<string> StatusAsync() => _api.GetStringAsync(new Uri("status", UriKind.Relative));

    /// <summary>Takes the telemetry of all sidecars.</summary>
    internal OtlpSink Sink { get; private set; } = null!;

    /// <summary>What a caller shows to have a request explained.</summary>
    internal string WhyKey { get; private set; } = "";

    internal MeshClient Client { get; private set; } = null!;

    /// <summary>The sidecar of one instance.</summary>
    internal Sidecar SidecarOf(string service) => _sidecars.Find(s => s.Service == service)!;

    /// <summary>Of the backends, by service.</summary>
    internal Dictionary<string, Sidecar> Sidecars { get; } = [];

    /// <summary>What a test may make of one backend's answers, by service.</summary>
    internal Dictionary<string, EchoApp> Backends { get; } = [];

    public async Task InitializeAsync()
    {
        Sink = await OtlpSink.StartAsync();
        // Not the kernel's, which it might give to somebody else while the control plane is away.
        _options = new ControlPlaneOptions { ApiPort = FreePorts.One(), GrpcPort = FreePorts.One(), DataDirectory = _directory.File("control"), ClickHouse = null, JwksDirectory = Directory.CreateDirectory(_directory.File("jwks")).FullName };
        await StartControlAsync();
        var addresses = _control.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).ToList();
        _api = new HttpClient { BaseAddress = new Uri(addresses[0], "/api/v1/") };
        _api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(_options.TokenPath)).Trim());
        WhyKey = Contracts.Identity.WhyKey.Of((await File.ReadAllTextAsync(_options.TokenPath)).Trim());
        var common = _common = new ProxyOptions { ControlUrl = addresses[1], OtlpUrl = Sink.Url, TokenFile = _options.TokenPath, DataDirectory = _directory.File("proxies"), DrainTimeout = TimeSpan.FromSeconds(5) };

        await StartServiceAsync("echo-v1", ClusterProtocol.Http, common);
        await StartServiceAsync("echo-v2", ClusterProtocol.Http, common);
        await StartServiceAsync("grpc-v1", ClusterProtocol.Grpc, common);
        await StartServiceAsync("grpc-v2", ClusterProtocol.Grpc, common);
        Caller = await StartSidecarAsync(common with { Service = "client", Version = "v1", Instance = "client-1" });
        Client = new MeshClient(Caller.Url(ListenerSide.Outbound));
        await PostAsync(string.Join("\n---\n", new[] { "echo", "echo-v1", "echo-v2", "grpc", "grpc-v1", "grpc-v2" }.Select(Declaration)));
        // Within mutual TLS from the first test on, whichever that is: that an instance can is told after that it is there.
        await WaitAsync(snapshot => Backends.Keys.All(name => snapshot.Clusters.Any(c => c.Service == name && c.Endpoints is [{ IsReady: true, Identity.Length: > 0 }])));
    }

    public async Task DisposeAsync()
    {
        Client?.Dispose();
        foreach (var part in Enumerable.Reverse(_parts))
        {
            await part.DisposeAsync();
        }

        await _control.StopAsync();
        await _control.DisposeAsync();
        await Sink.DisposeAsync();
    }

    public void Dispose()
    {
        _api?.Dispose();
        _directory.Dispose();
    }

    /// <summary>Also after <see cref="StopControlAsync"/>, on the same ports and with what it has kept.</summary>
    internal async Task StartControlAsync()
    {
        _control = ControlPlaneHost.Build(_options, TimeProvider.System, logging => logging.ClearProviders());
        await _control.StartAsync();
    }

    internal async Task StopControlAsync()
    {
        await _control.StopAsync();
        await _control.DisposeAsync();
    }

    /// <summary>Declares resources and waits until every sidecar works by them. Disposing takes them away again.</summary>
    internal async Task<IAsyncDisposable> ApplyAsync(string yaml)
    {
        string applied = await PostAsync(yaml);
        await RoutedAsync();
        var kinds = JsonDocument.Parse(applied).RootElement.GetProperty("applied").EnumerateArray()
            .Select(a => $"{a.GetProperty("kind").GetString()}/{a.GetProperty("name").GetString()}").ToList();
        return new Removal(this, kinds);
    }

    /// <summary>One route with these rules, attached to a service.</summary>
    /// <param name="parent">Name of the service, and what else its reference says: <c>echo, port: 80</c>.</param>
    internal Task<IAsyncDisposable> RouteAsync(string parent, string rules, string kind = "HTTPRoute") => ApplyAsync($$"""
        apiVersion: gateway.networking.k8s.io/v1
        kind: {{kind}}
        metadata: { name: {{parent.Split(',')[0]}} }
        spec:
          parentRefs: [{ group: "", kind: Service, name: {{parent}} }]
          rules:
        {{string.Join('\n', rules.Split('\n').Select(l => "    " + l))}}
        """);

    /// <summary>What the client's sidecar shows on its admin listener.</summary>
    internal Task<string> AdminAsync(string path) => AdminAsync(Caller, path);

    internal async Task<string> AdminAsync(Sidecar sidecar, string path) => await _api.GetStringAsync(new Uri(sidecar.Url(ListenerSide.Admin), path));

    /// <summary>What the client's sidecar reports of a route's mirror, once it is as asked: copies end when they like.</summary>
    internal Task<JsonElement> MirrorAsync(string route, Func<JsonElement, bool> condition) =>
        Eventually.GetAsync(() => MirrorAsync(route), mirror => mirror.ValueKind == JsonValueKind.Object && condition(mirror));

    private async Task<JsonElement> MirrorAsync(string route)
    {
        using var page = JsonDocument.Parse(await AdminAsync("/mirrors"));
        var mirror = page.RootElement.GetProperty("mirrors").EnumerateArray().FirstOrDefault(m => m.GetProperty("route").GetString() == route);
        return mirror.ValueKind == JsonValueKind.Object ? mirror.Clone() : mirror;
    }

    private static string Declaration(string name) => Services
        .Replace("$NAME", name, StringComparison.Ordinal)
        .Replace("$PROTOCOL", name.StartsWith("grpc", StringComparison.Ordinal) ? "GRPC" : "HTTP", StringComparison.Ordinal);

    private async Task StartServiceAsync(string name, ClusterProtocol protocol, ProxyOptions common)
    {
        var echo = new EchoApp(name);
        Backends[name] = echo;
        var app = await TestApp.StartAsync(echo.AnswerAsync, protocol == ClusterProtocol.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1);
        _parts.Add(app);
        Sidecars[name] = await StartSidecarAsync(common with { Service = name, Version = "v1", Instance = $"{name}-1", AppUrl = app.Url, Protocol = protocol });
    }

    /// <summary>One more sidecar, or a gateway, of this mesh, until the test or the mesh ends. What is applied does not wait for it: <see cref="RoutedAsync(Sidecar)"/> does.</summary>
    internal async Task<Sidecar> StartAsync(Func<ProxyOptions, ProxyOptions> options)
    {
        var sidecar = new Sidecar(options(_common), TimeProvider.System, new ConcurrentRandom(_seed++), NullLoggerFactory.Instance, Stream.Null);
        _parts.Add(sidecar);
        await sidecar.StartAsync();
        return sidecar;
    }

    private async Task<Sidecar> StartSidecarAsync(ProxyOptions options)
    {
        var sidecar = new Sidecar(options, TimeProvider.System, new ConcurrentRandom(_seed++), NullLoggerFactory.Instance, Stream.Null);
        _parts.Add(sidecar);
        _sidecars.Add(sidecar);
        await sidecar.StartAsync();
        return sidecar;
    }

    private async Task<string> PostAsync(string yaml)
    {
        using var response = await _api.PostAsync(new Uri("apply", UriKind.Relative), new StringContent(yaml));
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{text}\n{yaml}");
    }

    private async Task DeleteAsync(string resource)
    {
        using var response = await _api.DeleteAsync(new Uri("resources/" + resource, UriKind.Relative));
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Waits until a sidecar has what is declared now in force.</summary>
    internal Task RoutedAsync(Sidecar sidecar)
    {
        long version = _control.Services.GetRequiredService<SnapshotPublisher>().Newest!.Version;
        return Eventually.HoldsAsync(() => sidecar.Routes.Table.Snapshot.Version >= version);
    }

    private Task RoutedAsync()
    {
        var publisher = _control.Services.GetRequiredService<SnapshotPublisher>();
        publisher.Publish();
        long version = publisher.Newest!.Version;
        return WaitAsync(snapshot => snapshot.Version >= version);
    }

    // The table is replaced by a volatile write: there is no signal to wait on.
    private Task WaitAsync(Func<MeshSnapshot, bool> condition) => Eventually.HoldsAsync(() => _sidecars.TrueForAll(s => condition(s.Routes.Table.Snapshot)));

    private sealed class Removal(EchoMesh mesh, IReadOnlyList<string> resources) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (string resource in resources)
            {
                await mesh.DeleteAsync(resource);
            }

            await mesh.RoutedAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class EchoMeshTests : ICollectionFixture<EchoMesh>
{
    public const string Name = "one echo mesh for all";
}
