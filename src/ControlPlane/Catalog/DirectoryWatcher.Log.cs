namespace MeshInsight.ControlPlane.Catalog;

internal sealed partial class DirectoryWatcher
{
    private sealed partial class Log(ILogger logger)
    {
        [LoggerMessage(3001, LogLevel.Information, "resources of {Directory} are in force: {Files} files, {Resources} resources with the applied ones")]
        public partial void Loaded(string directory, int files, int resources);

        [LoggerMessage(3002, LogLevel.Error, "resources of {Directory} are refused, the last good set stays in force:\n{Problems}")]
        public partial void Refused(string directory, string problems);
    }
}
