using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf.WellKnownTypes;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Grpc.Client;

/// <summary>Reads a call's status out of response headers (trailers-only) or trailers.</summary>
internal static class ResponseStatus
{
    public static IReadOnlyDictionary<string, string> NoTrailers { get; } = new Dictionary<string, string>();

    public static bool IsGzip(HttpResponseMessage response) => Value(response.Headers, GrpcHeaders.Encoding) == GrpcHeaders.Gzip;

    /// <summary>Not a gRPC response, or one that failed before its first message.</summary>
    public static void ThrowIfRefused(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            // A server may answer with a status of HTTP and one of gRPC; then the latter is the more exact.
            ThrowIfFailed(response.Headers);
            throw new GrpcException(Map(response.StatusCode), $"The server answered with HTTP status {(int)response.StatusCode}.");
        }

        string? contentType = response.Content.Headers.ContentType?.MediaType;
        if (contentType is null || !contentType.StartsWith(GrpcHeaders.ContentType, StringComparison.OrdinalIgnoreCase))
        {
            throw new GrpcException(GrpcStatusCode.Unknown, $"The server answered with content type \"{contentType}\", which is not gRPC.");
        }

        ThrowIfFailed(response.Headers);
        if (Value(response.Headers, GrpcHeaders.Encoding) is { } encoding and not (GrpcHeaders.Identity or GrpcHeaders.Gzip))
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"The server answered with grpc-encoding \"{encoding}\", which was not offered.");
        }
    }

    /// <summary>To be called at the end of the stream.</summary>
    /// <returns>Trailing metadata.</returns>
    public static IReadOnlyDictionary<string, string> ThrowUnlessOk(HttpResponseMessage response)
    {
        if (Value(response.TrailingHeaders, GrpcHeaders.Status) is null && Value(response.Headers, GrpcHeaders.Status) is null)
        {
            throw new GrpcException(GrpcStatusCode.Unknown, "The stream ended without a grpc-status.");
        }

        ThrowIfFailed(response.TrailingHeaders);
        return Metadata(response.TrailingHeaders);
    }

    public static IReadOnlyDictionary<string, string> Metadata(HttpHeaders headers)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in headers.NonValidated)
        {
            if (name is not (GrpcHeaders.Status or GrpcHeaders.Message or GrpcHeaders.StatusDetails))
            {
                metadata[name] = values.ToString();
            }
        }

        return metadata;
    }

    private static void ThrowIfFailed(HttpHeaders headers)
    {
        if (Value(headers, GrpcHeaders.Status) is not { } text)
        {
            return;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int code) || code > (int)GrpcStatusCode.Unauthenticated)
        {
            throw new GrpcException(GrpcStatusCode.Unknown, $"The server ended the call with grpc-status \"{text}\", which means nothing.");
        }

        if (code == (int)GrpcStatusCode.Ok)
        {
            return;
        }

        TimeSpan? retryAfter = null;
        IReadOnlyList<Any> details = [];
        if (Value(headers, GrpcHeaders.StatusDetails) is { } encoded)
        {
            StatusDetails.TryRead(encoded, out retryAfter, out details);
        }

        string message = PercentEncoding.Decode(Value(headers, GrpcHeaders.Message) ?? "");
        throw new GrpcException((GrpcStatusCode)code, message, retryAfter, Metadata(headers), details);
    }

    private static string? Value(HttpHeaders headers, string name) => headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    /// <summary>https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md.</summary>
    private static GrpcStatusCode Map(HttpStatusCode status) => (int)status switch
    {
        400 => GrpcStatusCode.Internal,
        401 => GrpcStatusCode.Unauthenticated,
        403 => GrpcStatusCode.PermissionDenied,
        404 => GrpcStatusCode.Unimplemented,
        429 or 502 or 503 or 504 => GrpcStatusCode.Unavailable,
        _ => GrpcStatusCode.Unknown,
    };
}
