namespace MeshInsight.ControlPlane.Catalog;

/// <summary>
/// Keeps the catalog equal to a directory of YAML. Notifications of the file system make it quick, a rescan every few seconds makes it certain
/// (network file systems and bind mounts lose notifications).
/// </summary>
internal sealed partial class DirectoryWatcher : BackgroundService
{
    /// <summary>A save is several events and may be several files; they are read together once it has been quiet for so long.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan RescanInterval = TimeSpan.FromSeconds(2);

    private readonly string _directory;
    private readonly ResourceCatalog _catalog;
    private readonly TimeProvider _clock;
    private readonly Log _log;
    private readonly SemaphoreSlim _dirty = new(0);
    private Dictionary<string, string>? _lastFiles;
    private string _lastProblem = "";

    public DirectoryWatcher(string directory, ResourceCatalog catalog, TimeProvider clock, ILogger<DirectoryWatcher> logger)
    {
        _directory = directory;
        _catalog = catalog;
        _clock = clock;
        _log = new Log(logger);
    }

    /// <summary>Reads the directory now; does nothing when it is as it was.</summary>
    public void Rescan()
    {
        Dictionary<string, string> files;
        try
        {
            files = ReadFiles();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogOnce($"{_directory}: {error.Message}");
            return;
        }

        if (_lastFiles is not null && files.Count == _lastFiles.Count && files.All(f => _lastFiles.TryGetValue(f.Key, out var old) && old == f.Value))
        {
            return;
        }

        _lastFiles = files;
        var answer = _catalog.LoadDirectory(files);
        if (answer.IsTaken)
        {
            _lastProblem = "";
            _log.Loaded(_directory, files.Count, _catalog.State.Resources.Count);
        }
        else
        {
            LogOnce(string.Join(Environment.NewLine, answer.Problems));
        }
    }

    /// <summary>Reads the directory before anything listens: the first sidecar must not see a mesh without its routes.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Rescan();
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _dirty.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watcher = TryWatch();
        while (!stoppingToken.IsCancellationRequested)
        {
            bool notified = await _dirty.WaitAsync(RescanInterval, stoppingToken);
            if (notified)
            {
                await SettleAsync(stoppingToken);
            }

            Rescan();
        }
    }

    private async Task SettleAsync(CancellationToken stoppingToken)
    {
        do
        {
            while (_dirty.Wait(0, stoppingToken))
            {
                // Every event so far belongs to the same save.
            }

            await Task.Delay(Quiet, _clock, stoppingToken);
        }
        while (_dirty.CurrentCount > 0);
    }

    private FileSystemWatcher? TryWatch()
    {
        if (!Directory.Exists(_directory))
        {
            return null;
        }

        var watcher = new FileSystemWatcher(_directory) { IncludeSubdirectories = true };
        watcher.Changed += (_, _) => _dirty.Release();
        watcher.Created += (_, _) => _dirty.Release();
        watcher.Deleted += (_, _) => _dirty.Release();
        watcher.Renamed += (_, _) => _dirty.Release();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private Dictionary<string, string> ReadFiles()
    {
        var files = new Dictionary<string, string>();
        foreach (string path in Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(_directory, path).Replace('\\', '/');
            bool isResource = Path.GetExtension(path) is ".yaml" or ".yml" or ".json";
            bool isHidden = name.Split('/').Any(part => part.StartsWith('.'));
            if (isResource && !isHidden)
            {
                files[name] = new FileInfo(path).Length <= 4 * ResourceReader.MaxTextLength
                    ? File.ReadAllText(path)
                    : new string('#', ResourceReader.MaxTextLength + 1);
            }
        }

        return files;
    }

    private void LogOnce(string problem)
    {
        if (problem != _lastProblem)
        {
            _lastProblem = problem;
            _log.Refused(_directory, problem);
        }
    }
}
