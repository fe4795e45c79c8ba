namespace MeshInsight.ControlPlane.History;

internal sealed partial class HistoryWriter
{
    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3060, LogLevel.Information, "decisions, incidents and revisions go to ClickHouse")]
        public partial void Reached();

        [LoggerMessage(3061, LogLevel.Warning, "ClickHouse does not take the history, it waits here: {Reason}")]
        public partial void Away(string reason);
    }
}
