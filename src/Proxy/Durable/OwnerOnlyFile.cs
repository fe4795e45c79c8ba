namespace MeshInsight.Proxy.Durable;

/// <summary>Whole files that only their owner may read, mode 0600 from the first byte on. Replaced by rename, so that a reader finds the old or the new one whole.</summary>
internal static class OwnerOnlyFile
{
    /// <exception cref="IOException">The disk is full, or the folder is not ours.</exception>
    public static void Replace(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string next = path + ".next";
        // A leftover would keep the mode it has.
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(next, options))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}
