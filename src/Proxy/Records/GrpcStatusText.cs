namespace MeshInsight.Proxy.Records;

/// <summary>Names of gRPC status codes as <c>rpc.response.status_code</c> has them.</summary>
internal static class GrpcStatusText
{
    private static readonly string[] Names =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    public static string Of(int status) => (uint)status < (uint)Names.Length ? Names[status] : "UNKNOWN";
}
