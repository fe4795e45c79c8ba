using Microsoft.Extensions.Logging;

namespace MeshInsight.Client;

internal sealed partial class MeshNode
{
    private static partial class Log
    {
        [LoggerMessage(5000, LogLevel.Information, "In the mesh as {Instance} of {Service}, {Inbound}; what it does is at {Admin}.")]
        public static partial void Joined(ILogger logger, string instance, string service, string inbound, Uri admin);
    }
}
