namespace MeshInsight.Proxy.Snapshots;

internal sealed partial class SnapshotKeeper
{
    private static partial class Log
    {
        [LoggerMessage(1000, LogLevel.Information, "Snapshot {Version} is in force: {Routes} routes, {Clusters} clusters.")]
        public static partial void InForce(ILogger logger, long version, int routes, int clusters);

        [LoggerMessage(1001, LogLevel.Error, "Snapshot {Version} is refused for {Count} problems; the one before stays in force. {Problems}")]
        public static partial void Refused(ILogger logger, long version, int count, string problems);

        [LoggerMessage(1002, LogLevel.Information, "Snapshot {Version} of {Path} is in force until the control plane sends one.")]
        public static partial void Restored(ILogger logger, long version, string path);

        [LoggerMessage(1003, LogLevel.Warning, "The stored snapshot {Path} is not used: {Problems}")]
        public static partial void StoredIsBad(ILogger logger, string path, string problems);

        [LoggerMessage(1004, LogLevel.Warning, "The snapshot is in force but could not be stored in {Path}: {Reason}")]
        public static partial void NotStored(ILogger logger, string path, string reason);
    }
}
