namespace MeshInsight.Contracts.Otlp.Fields;

/// <remarks>https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/collector/trace/v1/trace_service.proto (metrics and logs alike)</remarks>
internal static class ResponseFields
{
    public const int PartialSuccess = 1;
    public const int Rejected = 1;
    public const int Message = 2;

    public static readonly MessageNames Names = new("Export response", "", "partial_success");
    public static readonly MessageNames PartialNames = new("Partial success", "", "rejected", "error_message");
}

/// <remarks>
/// https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto and error_details.proto; Any and Duration of
/// https://github.com/protocolbuffers/protobuf/tree/v25.1/src/google/protobuf
/// </remarks>
internal static class RpcStatusFields
{
    public const int Code = 1;
    public const int Message = 2;
    public const int Details = 3;

    // Of Any.
    public const int TypeUrl = 1;
    public const int Value = 2;

    // Of RetryInfo.
    public const int RetryDelay = 1;

    // Of Duration.
    public const int Seconds = 1;
    public const int Nanos = 2;

    public const string RetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";
}
