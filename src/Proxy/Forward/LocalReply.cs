using System.Globalization;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Forward;

/// <summary>Answers that the sidecar gives itself, in the protocol of the request: plain text that names the reason, or a gRPC status.</summary>
internal static class LocalReply
{
    public const string FlagsHeader = "x-mesh-response-flags";

    private const int MaxReasonLength = 256;
    private const int GrpcDeadlineExceeded = 4;
    private const int GrpcPermissionDenied = 7;
    private const int GrpcResourceExhausted = 8;
    private const int GrpcUnimplemented = 12;
    private const int GrpcUnavailable = 14;
    private const int GrpcUnauthenticated = 16;

    /// <param name="reason">May quote names that came with the request; what is not printable ASCII is replaced.</param>
    /// <param name="grpcStatus">For gRPC requests instead of what the HTTP status stands for; -1 for that.</param>
    /// <param name="headers">What the client is told beside it; null for nothing.</param>
    public static async Task WriteAsync(Exchange exchange, int status, ResponseFlags flags, string reason, IReadOnlyList<HeaderValue>? headers = null, int grpcStatus = -1)
    {
        reason = Printable(reason);
        exchange.Flags |= flags;
        exchange.FailureReason = reason;
        var response = exchange.Context.Response;
        if (response.HasStarted)
        {
            exchange.Status = response.StatusCode;
            return;
        }

        exchange.Status = status;
        response.Clear();
        response.Headers[FlagsHeader] = exchange.Flags.ToCodes();
        foreach (var (name, value) in headers ?? [])
        {
            response.Headers[name] = value;
        }

        if (exchange.IsFromSidecar)
        {
            response.Headers[MeshTimeHeader.Name] = MeshTimeHeader.FormatLocal(exchange);
        }

        if (status == StatusCodes.Status401Unauthorized)
        {
            // RFC 6750 section 3: a 401 says what would do.
            response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        }

        if (exchange.IsGrpc)
        {
            WriteGrpcHead(exchange, grpcStatus >= 0 ? grpcStatus : GrpcStatusOf(status), reason);
            return;
        }

        response.StatusCode = status;
        if (status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
        {
            return;
        }

        response.ContentType = "text/plain; charset=utf-8";
        string text = reason + "\n";
        exchange.Response.AddBytes(text.Length);
        response.ContentLength = text.Length;
        if (!HttpMethods.IsHead(exchange.Context.Request.Method))
        {
            await response.WriteAsync(text, exchange.Context.RequestAborted);
        }
    }

    // Trailers-only: a gRPC client reads nothing but the status.
    private static void WriteGrpcHead(Exchange exchange, int grpcStatus, string reason)
    {
        exchange.GrpcStatus = grpcStatus;
        exchange.Status = StatusCodes.Status200OK;
        var response = exchange.Context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers[GrpcStatusHeader.Name] = exchange.GrpcStatus.ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = reason;
    }

    private static int GrpcStatusOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => GrpcUnauthenticated,
        StatusCodes.Status403Forbidden => GrpcPermissionDenied,
        StatusCodes.Status404NotFound => GrpcUnimplemented,
        StatusCodes.Status429TooManyRequests => GrpcResourceExhausted,
        StatusCodes.Status504GatewayTimeout => GrpcDeadlineExceeded,
        _ => GrpcUnavailable,
    };

    /// <summary>A reason as it may be sent: printable ASCII, not too long. Without '%' a text is its own percent-encoding, which grpc-message asks for.</summary>
    public static string Printable(string text) => string.Create(Math.Min(text.Length, MaxReasonLength), text, static (printable, from) =>
    {
        for (int i = 0; i < printable.Length; i++)
        {
            printable[i] = from[i] is >= ' ' and <= '~' and not '%' ? from[i] : '?';
        }
    });
}
