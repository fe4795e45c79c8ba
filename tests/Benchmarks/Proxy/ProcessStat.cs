using System.Diagnostics;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>What a process has used so far.</summary>
internal static class ProcessStat
{
    /// <summary>User and kernel time.</summary>
    public static double CpuSeconds(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.TotalProcessorTime.TotalSeconds;
    }

    public static double ResidentMegabytes(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.WorkingSet64 / 1e6;
    }
}
