using System.Text.Json;
using MeshInsight.ControlPlane.Api;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Routing;

namespace MeshInsight.ControlPlane.Tests.Api;

public sealed class OpenApiTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Document_EveryEndpointOfTheApi_IsDescribed()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        var mapped = control.Part<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/api/v1/", StringComparison.Ordinal))
            .Select(e => $"{string.Join(',', e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods).ToLowerInvariant()} {e.RoutePattern.RawText!["/api/v1".Length..]}");

        Assert.Equal(mapped.Order(), OpenApiDocument.Table.Select(o => $"{o.Method} {o.Path}").Order());
    }

    [Fact]
    public async Task Document_Served_DescribesTheRecordsWithTheirFields()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);

        var document = JsonSerializer.Deserialize<JsonElement>(await control.Anonymous.GetStringAsync(new Uri("/openapi.json", UriKind.Relative)));

        Assert.Equal("3.1.0", document.GetProperty("openapi").GetString());
        string schema = document.GetProperty("paths").GetProperty("/api/v1/rollouts/{name}").GetProperty("get").GetProperty("responses").GetProperty("200").ToString();
        Assert.Contains("confirmedWeightPercent", schema, StringComparison.Ordinal);
        Assert.Contains("RollingBack", schema, StringComparison.Ordinal);
    }
}
