namespace MeshInsight.ControlPlane.Loop;

internal sealed partial class LoopService
{
    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3050, LogLevel.Error, "a turn of the control loop failed; it is tried again")]
        public partial void TurnFailed(Exception error);
    }
}
