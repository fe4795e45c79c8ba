using System.Collections.Concurrent;

namespace MeshInsight.Proxy.Protect;

/// <summary>One budget per called service, for the sidecar's whole life: a new snapshot must not hand out a fresh budget.</summary>
internal sealed class RetryBudgets(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, RetryBudget> _budgets = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="service">A service of the snapshot, so the table is bounded by what the mesh declares.</param>
    public RetryBudget For(string service) => _budgets.GetOrAdd(service, static (_, clock) => new(clock), time);
}
