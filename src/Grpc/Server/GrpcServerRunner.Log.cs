using Microsoft.Extensions.Logging;

namespace MeshInsight.Grpc.Server;

internal sealed partial class GrpcServerRunner
{
    /// <summary>Event ids 5000 to 5099.</summary>
    private static partial class Log
    {
        [LoggerMessage(5000, LogLevel.Error, "{Method} failed")]
        public static partial void HandlerFailed(ILogger logger, Exception failure, string method);

        [LoggerMessage(5001, LogLevel.Debug, "{Method}: the client left before the answer")]
        public static partial void ClientLeft(ILogger logger, string method);
    }
}
