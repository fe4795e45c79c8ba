using System.Text;

namespace MeshInsight.ControlPlane.Durable;

/// <summary>Whole-file writes that are either there or not: a temporary file beside the target, flushed to disk, then renamed over it.</summary>
internal static class AtomicFile
{
    public static void WriteText(string path, string text) => Write(path, text, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write });

    /// <summary>Readable by the owner only, mode 0600, from its first byte on.</summary>
    public static void WriteSecret(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        // A leftover would keep the mode it has.
        File.Delete(path + ".new");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Write(path, text, options);
    }

    /// <returns>Null when there is no such file.</returns>
    public static string? TryReadText(string path) => File.Exists(path) ? File.ReadAllText(path) : null;

    private static void Write(string path, string text, FileStreamOptions options)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = path + ".new";
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
