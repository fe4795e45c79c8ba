using System.Diagnostics;

namespace MeshInsight.Cli.Supervision;

/// <summary>One running child: its output goes to its log, its <c>listening NAME URL</c> lines to whoever waits for them.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource<Uri>> _listeners = [];
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private readonly ChildLog _log;
    private readonly Action<string>? _onLine;

    private ChildProcess(ChildSpec spec, Process process, ChildLog log, Action<string>? onLine)
    {
        Spec = spec;
        _process = process;
        _log = log;
        _onLine = onLine;
    }

    public ChildSpec Spec { get; }

    public int Id { get; private set; }

    /// <summary>Ends with the exit code.</summary>
    public Task<int> Exited => _exited.Task;

    public static ChildProcess Start(ChildSpec spec, ChildLog log, Action<string>? onLine)
    {
        var start = ChildStart.OwnSession(ChildStart.DotNet, [spec.Program, .. spec.Arguments]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in spec.Environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var child = new ChildProcess(spec, process, log, onLine);
        process.OutputDataReceived += (_, line) => child.Read(line.Data);
        process.ErrorDataReceived += (_, line) => child.Read(line.Data);
        process.Exited += (_, _) => child.End();
        process.Start();
        child.Id = process.Id;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Ends once the listener is bound; fails with <see cref="ChildEndedException"/> when the child ends before.</summary>
    public Task<Uri> ListeningAsync(string name) => Listener(name).Task;

    public void Terminate() => ProcessSignal.SendTerminate(Id);

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended between the question and the deed.
            _exited.TrySetResult(-1);
        }
    }

    public void Dispose() => _process.Dispose();

    private TaskCompletionSource<Uri> Listener(string name)
    {
        lock (_lock)
        {
            if (!_listeners.TryGetValue(name, out var listener))
            {
                _listeners[name] = listener = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
                if (_exited.Task.IsCompleted)
                {
                    listener.SetException(Ended());
                }
            }

            return listener;
        }
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        _log.Write(line);
        if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["listening", var name, var url, ..] && Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            Listener(name).TrySetResult(uri);
        }

        _onLine?.Invoke(line);
    }

    private void End()
    {
        lock (_lock)
        {
            _exited.TrySetResult(_process.ExitCode);
            foreach (var listener in _listeners.Values)
            {
                if (listener.TrySetException(Ended()))
                {
                    // Observed here: nobody may be waiting.
                    _ = listener.Task.Exception;
                }
            }
        }
    }

    private ChildEndedException Ended() => new(Spec.Name, _exited.Task.Result, _log.LastLines, _log.Path);
}
