namespace MeshInsight.ControlPlane.Publish;

internal sealed partial class SnapshotPublisher
{
    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3020, LogLevel.Warning, "no instances are known but sidecars are at work: nothing is published until {Until}, so that they register first")]
        public partial void Holding(DateTimeOffset until);

        [LoggerMessage(3021, LogLevel.Trace, "a change is waiting to be published already")]
        public partial void AlreadyDirty();
    }
}
