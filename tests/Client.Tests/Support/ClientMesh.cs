extern alias control;

using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using control::MeshInsight.ControlPlane;
using control::MeshInsight.ControlPlane.Publish;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshInsight.Client.Tests.Support;

/// <summary>A real control plane, apps that are in the mesh by <c>AddMeshInsight</c>, apps behind real sidecars; only the collector just keeps.</summary>
internal sealed class ClientMesh : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<IAsyncDisposable> _parts = [];
    private WebApplication? _control;
    private HttpClient _api = null!;
    private string _tokenFile = "";
    private Uri _grpc = null!;

    public OtlpSink Sink { get; private set; } = null!;

    public static async Task<ClientMesh> StartAsync()
    {
        var mesh = new ClientMesh { Sink = await OtlpSink.StartAsync() };
        var options = new ControlPlaneOptions { ApiPort = 0, GrpcPort = 0, DataDirectory = mesh._directory.File("control"), ClickHouse = null };
        mesh._control = ControlPlaneHost.Build(options, TimeProvider.System, logging => logging.ClearProviders());
        await mesh._control.StartAsync();
        var addresses = mesh._control.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        (mesh._tokenFile, mesh._grpc) = (options.TokenPath, new(addresses[1]));
        mesh._api = new HttpClient { BaseAddress = new Uri(addresses[0] + "/api/v1/") };
        mesh._api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(options.TokenPath)).Trim());
        return mesh;
    }

    /// <summary>What a host's configuration says for an instance of <paramref name="service"/>.</summary>
    public Dictionary<string, string?> Settings(string service, string version = "v1") => new()
    {
        ["MESH_SERVICE"] = service,
        ["MESH_VERSION"] = version,
        ["MESH_INSTANCE"] = $"{service}-{version}",
        ["MESH_CONTROL_URL"] = _grpc.ToString(),
        ["MESH_OTLP_URL"] = Sink.Url.ToString(),
        ["MESH_TOKEN_FILE"] = _tokenFile,
        ["MESH_DATA_DIR"] = _directory.File("apps"),
        ["MESH_DRAIN_SECONDS"] = "5",
        ["MESH_ACCESS_LOG"] = "off",
    };

    /// <summary>An ordinary ASP.NET Core app with one line more.</summary>
    public async Task<WebApplication> StartAppAsync(string service, RequestDelegate handle, Action<WebApplicationBuilder>? change = null, string version = "v1")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        foreach (var (name, value) in Settings(service, version))
        {
            builder.Configuration[name] = value;
        }

        builder.Configuration["urls"] = "http://127.0.0.1:0";
        change?.Invoke(builder);
        builder.AddMeshInsight();
        var app = builder.Build();
        _parts.Insert(0, app);
        app.Run(handle);
        await app.StartAsync();
        return app;
    }

    /// <summary>An app that knows nothing of the mesh, behind a sidecar.</summary>
    public async Task<Sidecar> StartSidecarAsync(string service, RequestDelegate handle, ClusterProtocol protocol = ClusterProtocol.Http, string version = "v1")
    {
        var app = await TestApp.StartAsync(handle, protocol == ClusterProtocol.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var options = new ProxyOptions
        {
            Service = service,
            Version = version,
            Instance = $"{service}-{version}",
            AppUrl = app.Url,
            Protocol = protocol,
            ControlUrl = _grpc,
            OtlpUrl = Sink.Url,
            TokenFile = _tokenFile,
            DataDirectory = _directory.File("sidecars"),
            DrainTimeout = TimeSpan.FromSeconds(5),
        };
        var sidecar = new Sidecar(options, TimeProvider.System, new ConcurrentRandom((ulong)_parts.Count + 1), NullLoggerFactory.Instance, Stream.Null);
        _parts.InsertRange(0, [sidecar, app]);
        await sidecar.StartAsync();
        return sidecar;
    }

    public Task DeclareAsync(params string[] services) => ApplyAsync(string.Join("\n---\n", services.Select(name => $$"""
        apiVersion: meshinsight.io/v1
        kind: Service
        metadata: { name: {{name}} }
        spec: { ports: [{ name: http, port: 80, protocol: {{(name.StartsWith("grpc", StringComparison.Ordinal) ? "GRPC" : "HTTP")}} }], versions: [v1] }
        """)));

    /// <summary>Declares resources and waits until the apps route by them.</summary>
    public async Task ApplyAsync(string yaml)
    {
        using var response = await _api.PostAsync(new Uri("apply", UriKind.Relative), new StringContent(yaml));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync() + "\n" + yaml);
        var publisher = _control!.Services.GetRequiredService<SnapshotPublisher>();
        publisher.Publish();
        long version = publisher.Newest!.Version;
        foreach (var app in _parts.OfType<WebApplication>())
        {
            await Eventually.HoldsAsync(() => Node(app).Sidecar.Routes.Table.Snapshot.Version >= version);
        }
    }

    /// <summary>Waits until the app knows that many endpoints of the service, all of which prove who they are.</summary>
    public static Task KnowsAsync(WebApplication app, string service, int endpoints = 1) => Eventually.HoldsAsync(() =>
        Node(app).Sidecar.Identity?.IsReady == true
        && Node(app).Sidecar.Routes.Table.Snapshot.Clusters.Where(c => c.Service == service).SelectMany(c => c.Endpoints).Count(e => e is { IsReady: true, Identity.Length: > 0 }) == endpoints);

    public static MeshNode Node(WebApplication app) => app.Services.GetRequiredService<MeshNode>();

    public static HttpClient Client(WebApplication app) => app.Services.GetRequiredService<IHttpClientFactory>().CreateClient();

    public async Task<List<string>> InstancesAsync()
    {
        using var page = JsonDocument.Parse(await _api.GetStringAsync(new Uri("instances", UriKind.Relative)));
        return [.. page.RootElement.EnumerateArray().Where(i => i.GetProperty("connected").GetBoolean())
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{i.GetProperty("instanceId").GetString()} {i.GetProperty("address").GetString()} {i.GetProperty("ready").GetBoolean()}"))];
    }

    public async Task StopControlPlaneAsync()
    {
        if (_control is { } control)
        {
            _control = null;
            using var now = new CancellationTokenSource();
            await now.CancelAsync();
            await control.StopAsync(now.Token);
            await control.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts)
        {
            await part.DisposeAsync();
        }

        await StopControlPlaneAsync();
        await Sink.DisposeAsync();
        _api.Dispose();
        _directory.Dispose();
    }
}
