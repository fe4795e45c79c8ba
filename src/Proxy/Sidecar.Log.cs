namespace MeshInsight.Proxy;

internal sealed partial class Sidecar
{
    private static partial class Log
    {
        [LoggerMessage(1030, LogLevel.Information, "Draining: no new connections, requests in flight have {Seconds} s.")]
        public static partial void Draining(ILogger logger, double seconds);

        [LoggerMessage(1031, LogLevel.Warning, "The token file {Path} cannot be read, the control plane will refuse us: {Reason}")]
        public static partial void NoToken(ILogger logger, string path, string reason);

        [LoggerMessage(1032, LogLevel.Warning, "{Url} did not prove that it is the control plane: its key is not the one that the token in \"{TokenFile}\" stands for. Nothing was sent to it.")]
        public static partial void NotTheControlPlane(ILogger logger, Uri url, string tokenFile);
    }
}
