namespace MeshInsight.Proxy;

internal sealed partial class Sidecar
{
    private static partial class Log
    {
        [LoggerMessage(1030, LogLevel.Information, "Draining: no new connections, requests in flight have {Seconds} s.")]
        public static partial void Draining(ILogger logger, double seconds);

        [LoggerMessage(1031, LogLevel.Warning, "The token file {Path} cannot be read, the control plane will refuse us: {Reason}")]
        public static partial void NoToken(ILogger logger, string path, string reason);
    }
}
