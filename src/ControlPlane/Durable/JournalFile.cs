using System.Text;

namespace MeshInsight.ControlPlane.Durable;

/// <summary>One line per entry, appended. A line that a crash cut short is left out when read back. Not thread-safe; one owner.</summary>
internal sealed class JournalFile : IDisposable
{
    private readonly FileStream _stream;

    public JournalFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        EndAtLastWholeLine();
    }

    public static IReadOnlyList<string> ReadLines(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        string text = File.ReadAllText(path);
        int end = text.LastIndexOf('\n');
        return end < 0 ? [] : text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <param name="toDisk">True when what follows must not happen unless the line survives a power loss.</param>
    public void Append(string line, bool toDisk)
    {
        _stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        _stream.Flush(toDisk);
    }

    public void Dispose() => _stream.Dispose();

    // A crash may have cut the last line: the next one must not be glued to its rest.
    private void EndAtLastWholeLine()
    {
        long end = _stream.Length;
        while (end > 0)
        {
            _stream.Position = end - 1;
            if (_stream.ReadByte() == '\n')
            {
                break;
            }

            end--;
        }

        _stream.SetLength(end);
        _stream.Position = end;
    }
}
