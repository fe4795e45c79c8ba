namespace MeshInsight.Proxy.Fault;

/// <summary>What one request is to suffer.</summary>
/// <param name="Delay">Zero for none.</param>
/// <param name="HttpStatus">0 when the abort names a gRPC status, or there is none.</param>
/// <param name="GrpcStatus">-1 when the abort names an HTTP status, or there is none.</param>
internal readonly record struct FaultPlan(TimeSpan Delay, int HttpStatus, int GrpcStatus)
{
    public bool IsAbort => HttpStatus > 0 || GrpcStatus >= 0;

    public bool IsNone => Delay <= TimeSpan.Zero && !IsAbort;
}
