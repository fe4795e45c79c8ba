namespace MeshInsight.Collector.Report;

internal sealed partial class FindingFeed
{
    /// <summary>Event ids 2400 to 2499.</summary>
    private static partial class Log
    {
        [LoggerMessage(2400, LogLevel.Information, "Reporting to the control plane at {Url}")]
        public static partial void Connected(ILogger logger, Uri url);

        [LoggerMessage(2401, LogLevel.Warning, "No report stream to the control plane at {Url}: {Reason} Reports are kept and sent again.")]
        public static partial void Disconnected(ILogger logger, Uri url, string reason);
    }
}
