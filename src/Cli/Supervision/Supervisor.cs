using System.Globalization;

namespace MeshInsight.Cli.Supervision;

/// <summary>
/// Starts children, starts them again when they end unasked, and stops them all. Thread-safe: one lock around the list of children; starting and signalling happen inside it, waiting outside.
/// </summary>
internal sealed class Supervisor : IAsyncDisposable
{
    private const int MaxRestarts = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Managed> _children = [];
    private readonly Guardian _guardian = Guardian.Start();
    private readonly string _logDirectory;
    private readonly TimeProvider _clock;
    private readonly Action<string> _report;
    private bool _stopping;

    /// <param name="report">Gets one sentence for everything unexpected.</param>
    public Supervisor(string logDirectory, TimeProvider clock, Action<string> report)
    {
        _logDirectory = logDirectory;
        _clock = clock;
        _report = report;
        Directory.CreateDirectory(logDirectory);
    }

    public IReadOnlyList<string> Running
    {
        get
        {
            lock (_lock)
            {
                return [.. _children.Keys];
            }
        }
    }

    /// <param name="onLine">Gets every line of the child's output.</param>
    public ChildProcess Start(ChildSpec spec, Action<string>? onLine = null)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            var managed = new Managed(new ChildLog(_logDirectory, spec.Name, _clock), onLine);
            _children.Add(spec.Name, managed);
            return LaunchLocked(spec, managed);
        }
    }

    /// <summary>Stops one child and forgets it. Nothing happens when it does not run.</summary>
    public async Task StopAsync(string name)
    {
        Managed? managed;
        lock (_lock)
        {
            if (!_children.Remove(name, out managed))
            {
                return;
            }

            managed.IsUnwanted = true;
        }

        await EndAsync([managed]);
    }

    /// <summary>Stops every child, rank by rank.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Managed> all;
        lock (_lock)
        {
            _stopping = true;
            all = [.. _children.Values];
            all.ForEach(managed => managed.IsUnwanted = true);
            _children.Clear();
        }

        foreach (var rank in all.GroupBy(managed => managed.Process.Spec.StopRank).OrderBy(rank => rank.Key))
        {
            await EndAsync([.. rank]);
        }

        _guardian.Dispose();
    }

    private ChildProcess LaunchLocked(ChildSpec spec, Managed managed)
    {
        managed.Process = ChildProcess.Start(spec, managed.Log, managed.OnLine);
        _guardian.Add(managed.Process.Id);
        _ = WatchAsync(managed, managed.Process);
        return managed.Process;
    }

    private async Task WatchAsync(Managed managed, ChildProcess process)
    {
        int code = await process.Exited;
        _guardian.Drop(process.Id);
        if (managed.IsUnwanted)
        {
            return;
        }

        string ended = string.Create(CultureInfo.InvariantCulture, $"{process.Spec.Name} ended with code {code} (log: {managed.Log.Path})");
        if (managed.Restarts == MaxRestarts)
        {
            _report($"{ended}; given up after {MaxRestarts} restarts");
            return;
        }

        var pause = TimeSpan.FromSeconds(1 << managed.Restarts++);
        _report(string.Create(CultureInfo.InvariantCulture, $"{ended}; starting it again in {pause.TotalSeconds} s"));
        await Task.Delay(pause, _clock);
        lock (_lock)
        {
            if (!managed.IsUnwanted)
            {
                process.Dispose();
                LaunchLocked(process.Spec, managed);
            }
        }
    }

    private static async Task EndAsync(IReadOnlyList<Managed> children)
    {
        foreach (var child in children)
        {
            child.Process.Terminate();
        }

        try
        {
            await Task.WhenAll(children.Select(child => child.Process.Exited)).WaitAsync(s_patience);
        }
        catch (TimeoutException)
        {
            foreach (var child in children.Where(child => !child.Process.Exited.IsCompleted))
            {
                child.Log.Write("did not end when asked to; killed");
                child.Process.Kill();
            }

            await Task.WhenAll(children.Select(child => child.Process.Exited));
        }

        foreach (var child in children)
        {
            child.Process.Dispose();
            child.Log.Dispose();
        }
    }

    private sealed class Managed(ChildLog log, Action<string>? onLine)
    {
        private volatile bool _isUnwanted;

        public ChildLog Log { get; } = log;

        public Action<string>? OnLine { get; } = onLine;

        public ChildProcess Process { get; set; } = null!;

        public int Restarts { get; set; }

        public bool IsUnwanted
        {
            get => _isUnwanted;
            set => _isUnwanted = value;
        }
    }
}
