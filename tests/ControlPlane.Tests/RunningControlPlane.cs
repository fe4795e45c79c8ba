using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MeshInsight.ControlPlane.Durable;
using MeshInsight.Grpc.Client;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshInsight.ControlPlane.Tests;

/// <summary>The real control plane in this process: Kestrel, gRPC, files in a folder of the test's own.</summary>
internal sealed class RunningControlPlane : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningControlPlane(WebApplication app, ControlPlaneOptions options)
    {
        _app = app;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        ApiUrl = new Uri(addresses[0]);
        GrpcUrl = new Uri(addresses[1]);
        Token = File.ReadAllText(options.TokenPath).Trim();
        Anonymous = new HttpClient { BaseAddress = ApiUrl };
        Api = new HttpClient { BaseAddress = ApiUrl };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public Uri ApiUrl { get; }

    public Uri GrpcUrl { get; }

    public string Token { get; }

    public HttpClient Api { get; }

    public HttpClient Anonymous { get; }

    public static async Task<RunningControlPlane> StartAsync(TempDirectory directory, Func<ControlPlaneOptions, ControlPlaneOptions>? configure = null, TimeProvider? clock = null)
    {
        var options = new ControlPlaneOptions
        {
            ApiPort = 0,
            GrpcPort = 0,
            DataDirectory = directory.File("data"),
            ClickHouse = null,
        };
        options = configure?.Invoke(options) ?? options;
        var app = ControlPlaneHost.Build(options, clock ?? TimeProvider.System, logging => logging.ClearProviders());
        await app.StartAsync();
        return new RunningControlPlane(app, options);
    }

    public T Part<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public GrpcChannel Channel(string? token = null) => new(GrpcUrl, new GrpcChannelOptions { Token = token ?? Token });

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Api.GetAsync(new Uri("/api/v1" + path, UriKind.Relative));
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {text}");
    }

    public async Task<T> ReadAsync<T>(string path) =>
        await Api.GetFromJsonAsync<T>(new Uri("/api/v1" + path, UriKind.Relative), Json.Options) ?? throw new InvalidOperationException(path);

    public Task<HttpResponseMessage> PostAsync(string path, string body = "") =>
        Api.PostAsync(new Uri("/api/v1" + path, UriKind.Relative), new StringContent(body));

    public async Task ApplyAsync(string yaml)
    {
        using var response = await PostAsync("/apply", yaml);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
        }
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        Anonymous.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
