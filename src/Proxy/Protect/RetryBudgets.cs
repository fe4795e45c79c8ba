using System.Collections.Concurrent;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Protect;

/// <summary>
/// One budget per service, for the sidecar's whole life: a new snapshot must not hand out a fresh budget, but for one that says another. Where the service called has a
/// policy, its budget is that service's, whichever route led there; else it is that of the service that the route is attached to.
/// </summary>
internal sealed class RetryBudgets(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, RetryBudget> _ofRoutes = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, RetryBudget> _ofPolicies = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="attached">The service that the route is attached to. Both names are of the snapshot, so the tables are bounded by what the mesh declares.</param>
    /// <param name="called">The service that is called.</param>
    public RetryBudget For(string attached, string called, RetryBudgetConfig? policy) =>
        policy is null ? _ofRoutes.GetOrAdd(attached, static (_, clock) => new(clock), time)
        : _ofPolicies.TryGetValue(called, out var budget) && budget.Policy == policy ? budget
        : _ofPolicies[called] = new(time, policy);
}
