using System.Globalization;

namespace MeshInsight.Cli.Supervision;

/// <summary>One child's output in a file, each line with time and name. Bounded: past the limit the file becomes NAME.1.log and a new one begins. Thread-safe.</summary>
internal sealed class ChildLog : IDisposable
{
    private const long LimitBytes = 32 * 1024 * 1024;
    private const int KeptLines = 8;

    private readonly Lock _lock = new();
    private readonly Queue<string> _lastLines = new();
    private readonly string _name;
    private readonly TimeProvider _clock;
    private StreamWriter _writer;
    private bool _closed;

    public ChildLog(string directory, string name, TimeProvider clock)
    {
        _name = name;
        _clock = clock;
        Path = System.IO.Path.Combine(directory, name + ".log");
        _writer = Open(Path);
    }

    public string Path { get; }

    /// <summary>The newest lines, oldest first: for the message that says why a child ended.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lastLines];
            }
        }
    }

    public void Write(string line)
    {
        lock (_lock)
        {
            if (_closed)
            {
                // A pipe may still hold lines when its process has ended.
                return;
            }

            _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_clock.GetLocalNow():HH:mm:ss.fff} {_name} | {line}"));
            _lastLines.Enqueue(line);
            if (_lastLines.Count > KeptLines)
            {
                _lastLines.Dequeue();
            }

            if (_writer.BaseStream.Length > LimitBytes)
            {
                _writer.Dispose();
                File.Move(Path, System.IO.Path.ChangeExtension(Path, ".1.log"), overwrite: true);
                _writer = Open(Path);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _writer.Dispose();
        }
    }

    private static StreamWriter Open(string path) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
}
