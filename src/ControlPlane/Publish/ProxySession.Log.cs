namespace MeshInsight.ControlPlane.Publish;

internal sealed partial class ProxySession
{
    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3010, LogLevel.Information, "{Instance} of {Service} {Version} connected, it runs on snapshot {SnapshotVersion}")]
        public partial void Connected(string instance, string service, string version, long snapshotVersion);

        [LoggerMessage(3011, LogLevel.Information, "{Instance} of {Service} drains and leaves")]
        public partial void Left(string instance, string service);

        [LoggerMessage(3012, LogLevel.Error, "{Instance} refuses snapshot {Version}: {Problems}")]
        public partial void Refused(string instance, long version, string problems);

        [LoggerMessage(3013, LogLevel.Debug, "{Instance} accepted snapshot {Version} after {Millis} ms")]
        public partial void Accepted(string instance, long version, double millis);

        [LoggerMessage(3014, LogLevel.Debug, "sending ended with {Reason}")]
        public partial void SendingEnded(string reason);
    }
}
