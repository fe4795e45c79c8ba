using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Mesh.Tests.Support;

/// <summary>What an echo backend saw of a request.</summary>
internal sealed record Echo(string Backend, string Method, string Path, string Query, string Host, Dictionary<string, string> Headers, string Body)
{
    /// <summary>Empty when the header was not there; several values joined by a comma.</summary>
    public string this[string header] => Headers.FirstOrDefault(h => h.Key.Equals(header, StringComparison.OrdinalIgnoreCase)).Value ?? "";
}

/// <summary>Answers every request with what it saw of it; a gRPC call with one empty message and the backend's name in a header.</summary>
internal sealed class EchoApp(string name)
{
    public const string BackendHeader = "x-backend";

    /// <summary>Runs before the answer, when a test wants the backend to do something else; returns true when it answered itself.</summary>
    public Func<HttpContext, Task<bool>>? Before { get; set; }

    public async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (Before is { } before && await before(context))
        {
            return;
        }

        response.Headers[BackendHeader] = name;
        if (request.ContentType == "application/grpc")
        {
            await AnswerCallAsync(context);
            return;
        }

        // What an upstream says of itself, for response filters to change.
        response.Headers["x-upstream"] = "original";
        response.Headers["x-secret"] = "internal";
        string body = await new StreamReader(request.Body).ReadToEndAsync();
        await response.WriteAsync(JsonSerializer.Serialize(Seen(request, body)));
    }

    private async Task AnswerCallAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        context.Response.ContentType = "application/grpc";
        // So that a test sees what the filters made of the request.
        context.Response.Headers["x-seen"] = context.Request.Headers["x-header-set"];
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private Echo Seen(HttpRequest request, string body) => new(
        name,
        request.Method,
        request.Path.Value ?? "",
        request.QueryString.Value ?? "",
        request.Host.Value ?? "",
        request.Headers.ToDictionary(h => h.Key, h => string.Join(',', h.Value.ToArray())),
        body);
}
