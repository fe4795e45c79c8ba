using System.Runtime.InteropServices;

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>Finds libchdb, which npm puts below node_modules.</summary>
internal static class EngineLibrary
{
    public const string PathVariable = "MESH_CHDB_LIBRARY";

    private const string WayOut = "or point MESH_CLICKHOUSE_URL at a ClickHouse server and leave this program out";

    /// <summary>The npm package of this platform, relative to the folder that holds node_modules.</summary>
    private static string PackagedPath =>
        Path.Combine("node_modules", "@chdb", $"lib-{PlatformName}", OperatingSystem.IsMacOS() ? "libchdb.dylib" : "libchdb.so");

    private static string PlatformName
    {
        get
        {
            string processor = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
            return OperatingSystem.IsMacOS() ? "darwin-" + processor : $"linux-{processor}-gnu";
        }
    }

    /// <param name="configured">The path the person gave, or null to search.</param>
    /// <param name="searchFrom">Folders whose own node_modules and those of every folder above are looked at, in order.</param>
    /// <exception cref="EngineStartException">No such file.</exception>
    public static string Find(string? configured, params ReadOnlySpan<string> searchFrom)
    {
        if (!string.IsNullOrEmpty(configured))
        {
            return File.Exists(configured)
                ? Path.GetFullPath(configured)
                : throw Missing($"{PathVariable} names {configured}, and there is no such file. Correct it, run `npm ci` in the repository, {WayOut}.");
        }

        foreach (string start in searchFrom)
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, PackagedPath);
                if (File.Exists(candidate))
                {
                    return candidate;
                }
            }
        }

        throw Missing(
            $"The embedded ClickHouse engine is not installed: {PackagedPath} is neither below the working folder nor below the program, nor in any folder above them. "
            + $"Run `npm ci` in the repository, set {PathVariable} to the library, {WayOut}.");
    }

    /// <exception cref="EngineStartException">The file is there and is not a library this system can load.</exception>
    public static void Load(string path)
    {
        try
        {
            NativeMethods.Load(path);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            throw Missing($"The embedded ClickHouse engine {path} cannot be loaded: {failure.Message} Run `npm ci` again, {WayOut}.");
        }
    }

    private static EngineStartException Missing(string message) => new(message, EngineStartException.LibraryMissing);
}
