using MeshInsight.Proxy;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Observe;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Client.Inbound;

/// <summary>
/// The app behind the mesh's listener. The sidecar is made before the host has built the app; it opens its listener after it was told of it. Reads off the app's
/// answer what a sidecar reads off the wire.
/// </summary>
internal sealed class LateApp(TimeProvider time) : IInProcessApp
{
    private static readonly Func<object, Task> NoFlags = static context =>
    {
        // Only sidecars say this; from an app it would be a lie about who failed.
        ((HttpContext)context).Response.Headers.Remove(LocalReply.FlagsHeader);
        return Task.CompletedTask;
    };

    private IHostedApp? _app;

    public void Use(IHostedApp app) => _app = app;

    public async Task AnswerAsync(Exchange exchange, AttemptRecord attempt)
    {
        var context = exchange.Context;
        attempt.SentTimestamp = time.GetTimestamp();
        attempt.ProxyNanos = time.GetElapsedTime(attempt.StartTimestamp, attempt.SentTimestamp).Ticks * 100;
        BodyTaps.Apply(exchange);
        context.Response.OnStarting(NoFlags, context);
        bool failed = true;
        try
        {
            await _app!.RunAsync(context.Features);
            failed = false;
        }
        finally
        {
            Read(exchange, attempt, failed);
        }
    }

    private static void Read(Exchange exchange, AttemptRecord attempt, bool failed)
    {
        var (context, response) = (exchange.Context, exchange.Context.Response);
        // Kestrel answers an app's exception with 500, if nothing was answered yet.
        attempt.Status = failed && !response.HasStarted ? StatusCodes.Status500InternalServerError : response.StatusCode;
        if (context.RequestAborted.IsCancellationRequested)
        {
            attempt.Flags |= ResponseFlags.ClientGone;
            attempt.Status = response.HasStarted ? attempt.Status : 0;
        }
        else if (failed && response.HasStarted)
        {
            attempt.Flags |= ResponseFlags.UpstreamClosed;
            attempt.ErrorType = UpstreamFailure.ErrorType(attempt.Flags);
        }

        if (exchange.IsGrpc && GrpcStatus(context) is { } status)
        {
            attempt.GrpcStatus = status;
        }
    }

    private static int? GrpcStatus(HttpContext context)
    {
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        string? text = trailers is not null && trailers.TryGetValue(GrpcStatusHeader.Name, out var sent) ? sent.ToString() : context.Response.Headers[GrpcStatusHeader.Name].ToString();
        return int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int status) ? status : null;
    }
}
