namespace MeshInsight.Shop.Roles;

/// <summary>Time that a service spends thinking: exponential, so that latencies have a tail as real ones do.</summary>
internal sealed class Work(TimeProvider clock, int seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);

    public Task DoAsync(double meanMillis, CancellationToken cancellation)
    {
        double draw;
        lock (_lock)
        {
            draw = _random.NextDouble();
        }

        // Cut at five times the mean: one in 150 draws would be longer, and a demo's healthy p99 should not look sick.
        double millis = Math.Min(-Math.Log(1 - draw), 5) * meanMillis;
        return Task.Delay(TimeSpan.FromMilliseconds(millis), clock, cancellation);
    }
}
