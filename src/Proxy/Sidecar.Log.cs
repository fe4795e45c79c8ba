namespace MeshInsight.Proxy;

internal sealed partial class Sidecar
{
    private static partial class Log
    {
        [LoggerMessage(1030, LogLevel.Information, "Draining: no new connections, requests in flight have {Seconds} s.")]
        public static partial void Draining(ILogger logger, double seconds);
    }
}
