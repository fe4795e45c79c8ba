using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Http;
using MeshInsight.Proxy.Records;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshInsight.Client.Inbound;

/// <summary>
/// The app behind the mesh's listener. The sidecar is made before the host has built the app; it opens its listener after it was told of it. Reads off the app's
/// answer what a sidecar reads off the wire.
/// </summary>
internal sealed class LateApp(TimeProvider time) : IInProcessApp
{
    private IHostedApp? _app;

    public void Use(IHostedApp app) => _app = app;

    public async Task AnswerAsync(Exchange exchange, AttemptRecord attempt)
    {
        var context = exchange.Context;
        attempt.SentTimestamp = time.GetTimestamp();
        attempt.ProxyNanos = time.GetElapsedTime(attempt.StartTimestamp, attempt.SentTimestamp).Ticks * 100;
        BodyTaps.Apply(exchange);
        context.Response.OnStarting(() => HeadAsync(exchange, attempt));
        bool failed = true;
        try
        {
            await _app!.RunAsync(context.Features);
            if (!context.Response.HasStarted)
            {
                // Now, not when the server gets round to it: by then the books of this request are another's.
                await context.Response.CompleteAsync();
            }

            failed = false;
        }
        finally
        {
            Read(exchange, attempt, failed);
        }
    }

    // What the sidecar does when the app's head comes by the wire.
    private Task HeadAsync(Exchange exchange, AttemptRecord attempt)
    {
        var headers = exchange.Context.Response.Headers;
        attempt.HeadTimestamp = time.GetTimestamp();
        attempt.RoundTripNanos = time.GetElapsedTime(attempt.SentTimestamp, attempt.HeadTimestamp).Ticks * 100;
        // Only sidecars say this; from an app it would be a lie about who failed.
        headers.Remove(LocalReply.FlagsHeader);
        MeshTimeHeader.Tell(headers, exchange, attempt);
        return Task.CompletedTask;
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
