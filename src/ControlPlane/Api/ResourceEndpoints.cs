using System.Text;
using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Api;

/// <summary>Resources: read, apply, delete.</summary>
internal sealed class ResourceEndpoints(ResourceCatalog catalog, TokenFilter token)
{
    public void Map(RouteGroupBuilder api)
    {
        api.MapGet("/resources", Resources);
        api.MapPost("/apply", ApplyAsync).AddEndpointFilter(token);
        api.MapDelete("/resources/{kind}/{name}", Delete).AddEndpointFilter(token);
    }

    private IEnumerable<ResourceAnswer> Resources(string? kind) => catalog.State.Resources
        .Where(r => string.IsNullOrEmpty(kind) || string.Equals(r.Kind, kind, StringComparison.OrdinalIgnoreCase))
        .Select(r => new ResourceAnswer(r.ApiVersion, r.Kind, r.Name, r.Source, r.Yaml));

    private async Task<IResult> ApplyAsync(HttpContext context, bool? dryRun)
    {
        if (await ReadBodyAsync(context.Request) is not { } yaml)
        {
            return Results.Problem(
                $"The body is larger than {ResourceReader.MaxTextLength} bytes; apply the resources in parts.",
                statusCode: StatusCodes.Status413PayloadTooLarge,
                title: "Too large");
        }

        var answer = catalog.Apply(yaml, dryRun ?? false);
        return answer.IsTaken ? Results.Ok(new ApplyAnswer(answer.Changes)) : ApiProblem.Resources(answer.Problems);
    }

    private IResult Delete(string kind, string name) => catalog.Delete(kind, name) switch
    {
        null => ApiProblem.NotFound("resource", $"{kind}/{name}", catalog.State.Resources.Select(r => $"{r.Kind}/{r.Name}")),
        { IsTaken: true } => Results.NoContent(),
        var refused => ApiProblem.Resources(refused.Problems),
    };

    /// <returns>Null when the body is too large; it is not read to its end then.</returns>
    private static async Task<string?> ReadBodyAsync(HttpRequest request)
    {
        var buffer = new byte[ResourceReader.MaxTextLength + 1];
        int length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        return length > ResourceReader.MaxTextLength ? null : Encoding.UTF8.GetString(buffer, 0, length);
    }
}
