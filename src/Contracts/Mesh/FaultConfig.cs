namespace MeshInsight.Contracts.Mesh;

/// <summary>Failures made on purpose at the callers' sidecars; Envoy's fault filter (https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/fault_filter).</summary>
/// <param name="Services">Those that are called; at least one.</param>
/// <param name="Callers">Services whose sidecars do it; empty: all of them.</param>
/// <param name="Matches">Any of these; empty: every request.</param>
/// <param name="MaxActive">Requests under a fault at once, per sidecar; what comes beyond goes on unharmed. 0 for no limit.</param>
public sealed record FaultConfig(
    string Name, IReadOnlyList<string> Services, IReadOnlyList<string> Callers, IReadOnlyList<RouteMatch> Matches, FaultDelay? Delay, FaultAbort? Abort, int MaxActive);

/// <param name="Fixed">Zero when the request says it itself, by the header <see cref="FaultHeaders.Delay"/>.</param>
/// <param name="Percentage">Share of the requests, 0 to 100, fractions allowed.</param>
public sealed record FaultDelay(TimeSpan Fixed, double Percentage);

/// <summary>One of the two statuses is set; neither when the request says it itself, by the header <see cref="FaultHeaders.Abort"/> or <see cref="FaultHeaders.AbortGrpc"/>.</summary>
/// <param name="HttpStatus">200 to 599; 0 for none.</param>
/// <param name="GrpcStatus">0 to 16; -1 for none.</param>
/// <param name="Percentage">Share of the requests, 0 to 100, fractions allowed.</param>
public sealed record FaultAbort(int HttpStatus, int GrpcStatus, double Percentage)
{
    public bool IsByHeader => HttpStatus == 0 && GrpcStatus < 0;
}

/// <summary>Headers by which a request asks for a fault, where a <see cref="FaultConfig"/> lets it; Envoy's names.</summary>
public static class FaultHeaders
{
    /// <summary>Milliseconds.</summary>
    public const string Delay = "x-envoy-fault-delay-request";

    /// <summary>HTTP status.</summary>
    public const string Abort = "x-envoy-fault-abort-request";

    /// <summary>gRPC status.</summary>
    public const string AbortGrpc = "x-envoy-fault-abort-grpc-request";
}
