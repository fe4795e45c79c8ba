using System.Diagnostics;

namespace MeshInsight.ControlPlane.Tests;

/// <summary>Waits for a condition that has no signal to wait on.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<T> GetAsync<T>(Func<Task<T>> read, Func<T, bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            var value = await read();
            if (condition(value))
            {
                return value;
            }

            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"Not within {Patience.TotalSeconds} s; last seen: {value}");
            }

            await Task.Delay(20);
        }
    }
}
