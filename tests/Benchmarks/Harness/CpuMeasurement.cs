namespace MeshInsight.Benchmarks.Harness;

/// <summary>What repeated work cost.</summary>
/// <param name="CpuSeconds">User and kernel time of this process.</param>
/// <param name="AllocatedBytes">Managed memory of the measuring thread.</param>
internal readonly record struct CpuMeasurement(long Runs, double CpuSeconds, double WallSeconds, long AllocatedBytes)
{
    /// <summary>Runs the work until it has used that much CPU, twice: the first time warms up, as tiered compilation wants a while.</summary>
    public static CpuMeasurement Of(Action work, double cpuSeconds = 1)
    {
        Repeat(work, cpuSeconds);
        GC.Collect();
        return Repeat(work, cpuSeconds);
    }

    private static CpuMeasurement Repeat(Action work, double cpuSeconds)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long started = TimeProvider.System.GetTimestamp();
        var cpu = Environment.CpuUsage.TotalTime;
        long runs = 0;
        TimeSpan used;
        do
        {
            work();
            runs++;
            used = Environment.CpuUsage.TotalTime - cpu;
        }
        while (used.TotalSeconds < cpuSeconds);

        return new(runs, used.TotalSeconds, TimeProvider.System.GetElapsedTime(started).TotalSeconds, GC.GetAllocatedBytesForCurrentThread() - allocated);
    }
}
