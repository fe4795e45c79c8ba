namespace MeshInsight.Collector.Store;

internal sealed partial class StoreSender
{
    /// <summary>Event ids 2300 to 2399.</summary>
    private static partial class Log
    {
        [LoggerMessage(2300, LogLevel.Information, "Storing in ClickHouse at {Endpoint}")]
        public static partial void Here(ILogger logger, Uri endpoint);

        [LoggerMessage(2301, LogLevel.Warning, "ClickHouse is away, blocks go to the spool: {Reason}")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(2302, LogLevel.Information, "Applied migration {Migration}")]
        public static partial void Migrated(ILogger logger, string migration);

        [LoggerMessage(2303, LogLevel.Error, "ClickHouse will never take a block; it is kept in {Path}: {Reason}")]
        public static partial void Refused(ILogger logger, string path, string reason);

        [LoggerMessage(2304, LogLevel.Error, "The spool in {Directory} cannot be written; nothing new is taken in until it can: {Reason}")]
        public static partial void SpoolFailed(ILogger logger, string directory, string reason);
    }
}
