using System.Runtime.InteropServices;

namespace MeshInsight.Cli.Supervision;

/// <summary>Asks a process to end. .NET itself can only kill.</summary>
internal static partial class ProcessSignal
{
    private const int Terminate = 15;

    /// <summary>Nothing happens when the process has ended already.</summary>
    public static void SendTerminate(int processId) => _ = Kill(processId, Terminate);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
