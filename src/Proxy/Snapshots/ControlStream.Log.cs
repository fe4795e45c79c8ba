namespace MeshInsight.Proxy.Snapshots;

internal sealed partial class ControlStream
{
    private static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Information, "Connected to the control plane.")]
        public static partial void ControlConnected(ILogger logger);

        [LoggerMessage(1011, LogLevel.Warning, "The control plane does not answer ({Reason}); requests go on by snapshot {Version}.")]
        public static partial void ControlAway(ILogger logger, string reason, long version);

        [LoggerMessage(1012, LogLevel.Warning, "The control plane was not told that we leave: {Reason}")]
        public static partial void GoodbyeLost(ILogger logger, string reason);

        [LoggerMessage(1013, LogLevel.Debug, "The stream to the control plane is not opened again.")]
        public static partial void Stopped(ILogger logger);
    }
}
