using MeshInsight.Contracts.Otlp;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;

namespace MeshInsight.Collector.Receive;

/// <summary>OTLP/gRPC: the three Export methods, decoded from the connection's own memory.</summary>
internal static class OtlpGrpcDoor
{
    private const string Package = "/opentelemetry.proto.collector.";

    public static void Map(IEndpointRouteBuilder endpoints, OtlpReceiver receiver)
    {
        Map(endpoints, receiver, Package + "trace.v1.TraceService/Export", OtlpSignal.Traces);
        Map(endpoints, receiver, Package + "metrics.v1.MetricsService/Export", OtlpSignal.Metrics);
        Map(endpoints, receiver, Package + "logs.v1.LogsService/Export", OtlpSignal.Logs);
        endpoints.MapGrpcUnimplemented();
    }

    private static void Map(IEndpointRouteBuilder endpoints, OtlpReceiver receiver, string method, OtlpSignal signal) =>
        endpoints.MapGrpcRaw(
            method,
            (request, response, _) =>
            {
                var outcome = receiver.Receive(signal, OtlpFormat.Protobuf, request);
                switch (outcome.Refusal)
                {
                    case Refusal.None:
                        OtlpResponse.WriteProtobuf(outcome.Result, response);
                        return ValueTask.CompletedTask;
                    case Refusal.QueueFull:
                        // With RetryInfo, so that the sender knows when.
                        throw new GrpcException(GrpcStatusCode.Unavailable, outcome.Result.Reason, receiver.Options.RetryAfter);
                    default:
                        throw new GrpcException(GrpcStatusCode.InvalidArgument, outcome.Result.Reason);
                }
            },
            new() { MaxReceiveBytes = receiver.Options.MaxRequestBytes });
}
