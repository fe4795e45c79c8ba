using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

/// <summary>
/// The runtime calls this in a program that is started with DOTNET_STARTUP_HOOKS naming this assembly: it writes what the program has allocated to a file, ten times
/// a second, so that programs need no door of their own for it.
/// </summary>
[SuppressMessage("Design", "CA1050", Justification = "The runtime looks for exactly this name.")]
internal static class StartupHook
{
    /// <summary>Names the file.</summary>
    public const string FileVariable = "MESH_BENCH_ALLOCATED_FILE";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is not { Length: > 0 } file)
        {
            return;
        }

        _ = WriteAsync(file);
    }

    /// <returns>Bytes, at most a tenth of a second old.</returns>
    public static long Read(string file) => MemoryMarshal.Read<long>(File.ReadAllBytes(file));

    private static async Task WriteAsync(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(0.1));
        byte[] bytes = new byte[sizeof(long)];
        do
        {
            MemoryMarshal.Write(bytes, GC.GetTotalAllocatedBytes());
            RandomAccess.Write(file, bytes, 0);
        }
        while (await timer.WaitForNextTickAsync());
    }
}
