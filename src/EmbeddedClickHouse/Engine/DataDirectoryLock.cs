using System.Globalization;

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>
/// One process per data directory. The lock is the kernel's (flock), so it ends with the process however that ends; the file beside it only tells a
/// second start who holds it.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private const string LockName = "server.lock";
    private const string HolderName = "server.pid";

    private readonly FileStream _lock;

    private DataDirectoryLock(FileStream held) => _lock = held;

    /// <exception cref="EngineStartException">Held by another process, or the directory cannot be written.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        FileStream held;
        try
        {
            Directory.CreateDirectory(directory);
            held = new FileStream(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(Path.Combine(directory, HolderName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch (UnauthorizedAccessException failure)
        {
            throw Unusable($"The data directory {directory} cannot be used: {failure.Message} Set MESH_DATA_DIR to a directory this user may write.");
        }
        catch (IOException failure) when (TryReadHolder(directory) is { } holder)
        {
            throw Unusable($"The data directory {directory} is in use by process {holder} ({failure.Message}) Stop that one, or set MESH_DATA_DIR to another directory.");
        }
        catch (IOException failure)
        {
            throw Unusable($"The data directory {directory} cannot be used: {failure.Message} Set MESH_DATA_DIR to another directory.");
        }

        return new DataDirectoryLock(held);
    }

    public void Dispose() => _lock.Dispose();

    private static EngineStartException Unusable(string message) => new(message, EngineStartException.DataDirectoryUnusable);

    private static string? TryReadHolder(string directory)
    {
        string path = Path.Combine(directory, HolderName);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }
}
