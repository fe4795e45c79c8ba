using MeshInsight.Grpc.Failures;

namespace MeshInsight.Proxy.Export;

internal sealed partial class OtlpExporter
{
    private static partial class Log
    {
        [LoggerMessage(1020, LogLevel.Warning, "The collector does not answer ({Code}: {Reason}); telemetry waits in memory, requests go on.")]
        public static partial void CollectorAway(ILogger logger, GrpcStatusCode code, string reason);

        [LoggerMessage(1021, LogLevel.Information, "The collector answers again after {Tries} failed tries.")]
        public static partial void CollectorBack(ILogger logger, int tries);

        [LoggerMessage(1022, LogLevel.Warning, "The collector refused {Items} items for good ({Code}: {Reason}); they are dropped.")]
        public static partial void Refused(ILogger logger, int items, GrpcStatusCode code, string reason);
    }
}
