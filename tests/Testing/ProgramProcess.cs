using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace MeshInsight.Testing;

/// <summary>
/// One of our programs as a real process. Programs print <c>listening NAME URL</c> for every listener once it is bound, so tests ask for port 0
/// and read which was given.
/// </summary>
public sealed partial class ProgramProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<Uri>> _listeners = new();
    private readonly StringBuilder _output = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _expected = [];
    private readonly Process _process;

    private ProgramProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    /// <summary>Both streams so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static ProgramProcess Start(string program, IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments) =>
        StartCommand("dotnet", environment, [program, .. arguments]);

    /// <summary>A script of tests/clients that serves and prints the same <c>listening</c> line.</summary>
    public static ProgramProcess StartNode(string script, params string[] arguments) =>
        StartCommand("node", [], [Path.Combine(Repository.Clients, script), .. arguments]);

    /// <summary>Any command; a wrapper that becomes the program itself (setpriv, ip netns exec) is ended with it.</summary>
    public static ProgramProcess StartCommand(string command, IEnumerable<KeyValuePair<string, string>> environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var started = new ProgramProcess(process);
        process.OutputDataReceived += (_, line) => started.Read(line.Data);
        process.ErrorDataReceived += (_, line) => started.Read(line.Data);
        process.Exited += (_, _) => started.FailWaiters();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Waits until the listener is bound.</summary>
    public async Task<Uri> ListeningAsync(string name)
    {
        try
        {
            return await Listener(name).Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No line \"listening {name} URL\" within {Patience.TotalSeconds} s. Output:\n{Output}");
        }
    }

    /// <summary>Waits until a line with this text has been printed.</summary>
    public async Task PrintedAsync(string text, TimeSpan patience)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
        {
            if (_output.ToString().Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            _expected.Add((text, seen));
        }

        try
        {
            await Task.WhenAny(seen.Task, _process.WaitForExitAsync()).WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No line with \"{text}\" within {patience.TotalSeconds} s. Output:\n{Output}");
        }

        if (!seen.Task.IsCompleted)
        {
            throw new InvalidOperationException($"The program ended before it printed \"{text}\". Output:\n{Output}");
        }
    }

    /// <summary>Asks the program to end as an operator would, and waits.</summary>
    public async Task<int> TerminateAsync()
    {
        Signal(15);
        return await WaitForExitAsync();
    }

    public Task<int> WaitForExitAsync() => WaitForExitAsync(Patience);

    public async Task<int> WaitForExitAsync(TimeSpan patience)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The program did not end within {patience.TotalSeconds} s. Output:\n{Output}");
        }

        return _process.ExitCode;
    }

    public void Kill() => _process.Kill();

    public void Signal(int signal)
    {
        if (SendSignal(_process.Id, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} to process {_process.Id}: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    private TaskCompletionSource<Uri> Listener(string name) =>
        _listeners.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
            foreach (var (text, seen) in _expected)
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    seen.TrySetResult();
                }
            }
        }

        if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["listening", var name, var url, ..] && Uri.TryCreate(url, UriKind.Absolute, out var uri))
        {
            Listener(name).TrySetResult(uri);
        }
    }

    private void FailWaiters()
    {
        foreach (var waiter in _listeners.Values)
        {
            waiter.TrySetException(new InvalidOperationException($"The program ended before it listened. Output:\n{Output}"));
        }
    }
}
