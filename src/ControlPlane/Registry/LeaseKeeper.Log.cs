namespace MeshInsight.ControlPlane.Registry;

internal sealed partial class LeaseKeeper
{
    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3030, LogLevel.Warning, "{Instance} of {Service} {Version} was last heard at {LastSeen}: its lease ended, it is no endpoint any more")]
        public partial void Expired(string instance, string service, string version, DateTimeOffset lastSeen);

        [LoggerMessage(3031, LogLevel.Error, "the registry could not be saved: {Reason}")]
        public partial void NotSaved(string reason);
    }
}
