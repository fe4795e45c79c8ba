namespace MeshInsight.Proxy.Identity;

internal sealed partial class IdentityKeeper
{
    private static partial class Log
    {
        [LoggerMessage(1040, LogLevel.Information, "This sidecar is {Id} until {End:u}.")]
        public static partial void Renewed(ILogger logger, string id, DateTimeOffset end);

        [LoggerMessage(1041, LogLevel.Information, "This sidecar is {Id} until {End:u}, by the certificate on disk.")]
        public static partial void Restored(ILogger logger, string id, DateTimeOffset end);

        [LoggerMessage(1042, LogLevel.Warning, "No new certificate: {Reason} The one in force ends at {End:u}; without one calls are in plain text. It is asked for again.")]
        public static partial void NotRenewed(ILogger logger, string reason, DateTimeOffset end);

        [LoggerMessage(1043, LogLevel.Warning, "{Problem}")]
        public static partial void StoredIsBad(ILogger logger, string problem);

        [LoggerMessage(1044, LogLevel.Warning, "The certificate is in force but could not be stored in {Path}: {Reason}")]
        public static partial void NotStored(ILogger logger, string path, string reason);

        [LoggerMessage(1045, LogLevel.Warning, "The mesh's roots do not vouch for our certificate any more, a new one is asked for: {Problem}")]
        public static partial void NotVouchedFor(ILogger logger, string problem);

        [LoggerMessage(1046, LogLevel.Warning, "No certificate yet: {Reason} Until there is one calls are in plain text. It is asked for again.")]
        public static partial void NotJoined(ILogger logger, string reason);
    }
}
