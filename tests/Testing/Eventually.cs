using System.Diagnostics;

namespace MeshInsight.Testing;

/// <summary>Waits for a condition that has no signal to wait on.</summary>
public static class Eventually
{
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(60);

    /// <returns>The first value for which the condition holds.</returns>
    /// <exception cref="TimeoutException">It never did.</exception>
    public static async Task<T> GetAsync<T>(Func<Task<T>> read, Func<T, bool> condition, TimeSpan? patience = null)
    {
        var limit = patience ?? DefaultPatience;
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            var value = await read();
            if (condition(value))
            {
                return value;
            }

            if (Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"Not within {limit.TotalSeconds} s; last seen: {value}");
            }

            await Task.Delay(20);
        }
    }

    public static Task HoldsAsync(Func<bool> condition, TimeSpan? patience = null) => GetAsync(() => Task.FromResult(condition()), holds => holds, patience);
}
