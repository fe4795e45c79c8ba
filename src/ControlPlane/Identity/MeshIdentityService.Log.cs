namespace MeshInsight.ControlPlane.Identity;

internal sealed partial class MeshIdentityService
{
    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3080, LogLevel.Information, "{Instance} of {Service} has a certificate until {End:u}")]
        public partial void Issued(string service, string instance, DateTime end);

        [LoggerMessage(3081, LogLevel.Warning, "{Instance} was refused a certificate of {Service}: {Reason}")]
        public partial void Refused(string service, string instance, string reason);
    }
}
