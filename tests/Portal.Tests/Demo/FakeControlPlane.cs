using System.Collections.Concurrent;
using System.Net;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Portal.Clients;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Portal.Tests.Demo;

/// <summary>A control plane and a collector's admin listener on real Kestrel that answer what the test says and note what they are asked to change.</summary>
internal sealed class FakeControlPlane : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeControlPlane(WebApplication app) => _app = app;

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public ControlStatus Status { get; set; } = new("e1", 41, 19, 19, DateTimeOffset.UnixEpoch);

    public IReadOnlyList<MeshInstance> Instances { get; set; } = [];

    public IReadOnlyList<MeshService> Services { get; set; } = [];

    public IReadOnlyList<MeshResource> Resources { get; set; } = [];

    public IReadOnlyList<RolloutStatus> Rollouts { get; set; } = [];

    public IReadOnlyList<Incident> Incidents { get; set; } = [];

    public IReadOnlyList<Decision> Decisions { get; set; } = [];

    /// <summary>Path and Authorization header of every change asked for.</summary>
    public ConcurrentQueue<(string Path, string Authorization)> Changes { get; } = new();

    public static async Task<FakeControlPlane> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var fake = new FakeControlPlane(app);
        fake.Map(app);
        await app.StartAsync();
        return fake;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Map(WebApplication app)
    {
        Get("status", () => Status);
        Get("instances", () => Instances);
        Get("services", () => Services);
        Get("resources", () => Resources);
        Get("rollouts", () => Rollouts);
        Get("incidents", () => Incidents);
        Get("decisions", () => Decisions);
        app.MapGet("/readyz", () => "ready\n");
        app.MapGet("/metrics", () => "# TYPE collector_spans_received_total counter\ncollector_spans_received_total 1204211\ncollector_spans_dropped_total{reason=\"memory\"} 0\n");
        app.MapPost("/api/v1/{**path}", (HttpContext context, string path) =>
        {
            Changes.Enqueue((path, context.Request.Headers.Authorization.ToString()));
            return Results.Json(new { });
        });

        void Get<T>(string path, Func<T> answer) => app.MapGet("/api/v1/" + path, () => Results.Json(answer(), ControlPlaneClient.Json));
    }
}
