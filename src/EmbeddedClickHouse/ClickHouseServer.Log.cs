namespace MeshInsight.EmbeddedClickHouse;

internal sealed partial class ClickHouseServer
{
    private static partial class Log
    {
        [LoggerMessage(5001, LogLevel.Information, "ClickHouse engine {Version} on {Directory}, memory ceiling {MemoryMegabytes} MB")]
        public static partial void Started(ILogger logger, string version, string directory, long memoryMegabytes);

        [LoggerMessage(5002, LogLevel.Information, "Stopped")]
        public static partial void Stopped(ILogger logger);

        [LoggerMessage(5003, LogLevel.Warning, "Stopped over {Unfinished} statements that did not end in time")]
        public static partial void StoppedOver(ILogger logger, long unfinished);
    }
}
