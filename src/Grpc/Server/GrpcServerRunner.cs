using System.Globalization;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Framing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshInsight.Grpc.Server;

/// <summary>Takes one call from the HTTP request to its status: is it gRPC, may it come in, until when; then the handler; then how it ended.</summary>
internal sealed partial class GrpcServerRunner(Func<GrpcServerCall, Task> handler, GrpcServiceOptions options)
{
    /// <summary>What a timer can wait for; a later deadline never comes.</summary>
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(40);

    public async Task RunAsync(HttpContext http)
    {
        if (!IsGrpcRequest(http))
        {
            return;
        }

        LiftBodyLimits(http);
        Prepare(http.Response);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        using var call = new GrpcServerCall(http, options, cancellation);
        if (Refusal(http.Request, out var timeout) is { } refusal)
        {
            await call.FinishAsync(refusal.Code, refusal.Message);
            return;
        }

        if (timeout is { } left && left < s_longestTimer)
        {
            call.Deadline = options.Clock.GetUtcNow() + left;
            await HandleUntilAsync(call, left);
        }
        else
        {
            await HandleAsync(call);
        }
    }

    public static async Task RefuseUnknownMethodAsync(HttpContext http)
    {
        if (!GrpcHeaders.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        Prepare(http.Response);
        http.Response.Headers[GrpcHeaders.Status] = ((int)GrpcStatusCode.Unimplemented).ToString(CultureInfo.InvariantCulture);
        http.Response.Headers[GrpcHeaders.Message] = PercentEncoding.Encode($"Method {http.Request.Path} is not implemented here.");
        await http.Response.CompleteAsync();
    }

    private static bool IsGrpcRequest(HttpContext http)
    {
        if (!GrpcHeaders.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }

        if (HttpProtocol.IsHttp11(http.Request.Protocol) || HttpProtocol.IsHttp10(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            http.Response.Headers.Upgrade = "HTTP/2";
            return false;
        }

        return true;
    }

    /// <summary>Streams may live for days and pause for hours; message sizes have their own limit.</summary>
    private static void LiftBodyLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (http.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    private static void Prepare(HttpResponse response)
    {
        response.ContentType = GrpcHeaders.ContentType;
        response.Headers[GrpcHeaders.AcceptEncoding] = GrpcHeaders.Encodings;
    }

    private GrpcException? Refusal(HttpRequest request, out TimeSpan? timeout)
    {
        timeout = null;
        if (options.Token is { } token && !token.Matches(request.Headers.Authorization))
        {
            return new GrpcException(GrpcStatusCode.Unauthenticated, "The mesh token is missing or wrong: send it as \"authorization: Bearer TOKEN\".");
        }

        string? encoding = request.Headers[GrpcHeaders.Encoding];
        if (encoding is not (null or GrpcHeaders.Identity or GrpcHeaders.Gzip))
        {
            return new GrpcException(GrpcStatusCode.Unimplemented, $"grpc-encoding \"{encoding}\" is not understood here; send {GrpcHeaders.Encodings}.");
        }

        if (request.Headers[GrpcHeaders.Timeout] is { Count: > 0 } value)
        {
            if (!GrpcTimeout.TryParse(value, out var parsed))
            {
                return new GrpcException(GrpcStatusCode.Internal, $"grpc-timeout \"{value}\" is not a number of up to eight digits and a unit.");
            }

            if (parsed == TimeSpan.Zero)
            {
                return new GrpcException(GrpcStatusCode.DeadlineExceeded, "Deadline exceeded.");
            }

            timeout = parsed;
        }

        return null;
    }

    private async Task HandleUntilAsync(GrpcServerCall call, TimeSpan left)
    {
        Task exceeded = Task.CompletedTask;
        await using (options.Clock.CreateTimer(_ => exceeded = call.ExceedDeadlineAsync(), null, left, Timeout.InfiniteTimeSpan))
        {
            await HandleAsync(call);
        }

        // The timer is gone now; when it fired, its writing must be over before the request is given back to Kestrel.
        await exceeded;
    }

    /// <summary>A handler's bug ends its own call, with a log entry, and nothing else.</summary>
    private async Task HandleAsync(GrpcServerCall call)
    {
        try
        {
            await handler(call);
            await call.FinishAsync(GrpcStatusCode.Ok, "");
        }
        catch (GrpcException failure)
        {
            foreach (var (name, value) in failure.Trailers)
            {
                call.SetTrailer(name, value);
            }

            await call.FinishAsync(failure.Code, failure.Message, failure.RetryAfter, failure.Details);
        }
        catch (Exception failure) when (call.Http.RequestAborted.IsCancellationRequested && failure is OperationCanceledException or IOException)
        {
            Log.ClientLeft(Logger(call), call.Http.Request.Path);
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested)
        {
            await call.FinishAsync(GrpcStatusCode.DeadlineExceeded, "Deadline exceeded.");
        }
        catch (Exception failure)
        {
            Log.HandlerFailed(Logger(call), failure, call.Http.Request.Path);
            await call.FinishAsync(GrpcStatusCode.Unknown, "The method failed; the server's log says why.");
        }
    }

    private static ILogger Logger(GrpcServerCall call) =>
        call.Http.RequestServices.GetService<ILoggerFactory>()?.CreateLogger("MeshInsight.Grpc") ?? NullLogger.Instance;
}
