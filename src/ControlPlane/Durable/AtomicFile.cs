using System.Text;

namespace MeshInsight.ControlPlane.Durable;

/// <summary>Whole-file writes that are either there or not: a temporary file beside the target, flushed to disk, then renamed over it.</summary>
internal static class AtomicFile
{
    public static void WriteText(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = path + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <returns>Null when there is no such file.</returns>
    public static string? TryReadText(string path) => File.Exists(path) ? File.ReadAllText(path) : null;
}
