namespace MeshInsight.ControlPlane.Findings;

internal sealed partial class FindingFeedService
{
    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3040, LogLevel.Information, "collector {Collector} reports, from sequence {Sequence}")]
        public partial void Connected(string collector, ulong sequence);

        [LoggerMessage(3041, LogLevel.Information, "collector {Collector} ended its stream")]
        public partial void Ended(string collector);
    }
}
