using MeshInsight.Grpc.Failures;

namespace MeshInsight.Grpc.Client;

/// <summary>What a broken connection or a reset stream means, as "HTTP2 Transport Mapping" of the gRPC specification has it.</summary>
internal static class TransportFailure
{
    private const long NoError = 0x0;
    private const long RefusedStream = 0x7;
    private const long Cancel = 0x8;
    private const long EnhanceYourCalm = 0xb;
    private const long InadequateSecurity = 0xc;

    public static GrpcException Translate(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException reset)
            {
                return new GrpcException(Map(reset.ErrorCode), $"The server reset the stream (HTTP/2 error {reset.ErrorCode}).", innerException: failure);
            }
        }

        return new GrpcException(GrpcStatusCode.Unavailable, failure.Message, innerException: failure);
    }

    private static GrpcStatusCode Map(long errorCode) => errorCode switch
    {
        // GOAWAY of a server that shuts down.
        NoError or RefusedStream => GrpcStatusCode.Unavailable,
        Cancel => GrpcStatusCode.Cancelled,
        EnhanceYourCalm => GrpcStatusCode.ResourceExhausted,
        InadequateSecurity => GrpcStatusCode.PermissionDenied,
        _ => GrpcStatusCode.Internal,
    };
}
