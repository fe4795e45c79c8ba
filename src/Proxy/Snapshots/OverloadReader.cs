using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>The wire's bounds and classes as ours. Values only; <see cref="OverloadValidator"/> says whether they make sense.</summary>
internal static class OverloadReader
{
    public static ServiceOverload Read(Wire.ServiceOverload service)
    {
        // Absent is all zeros, which the validator names.
        var overload = service.Overload ?? new();
        return new(service.Service, new(
            overload.MaxRequests,
            overload.Adaptive is { } adaptive ? Read(adaptive) : null,
            overload.MaxPendingRequests,
            TimeSpan.FromMilliseconds(overload.MaxWaitMillis)));
    }

    public static PriorityConfig Read(Wire.Priority priority) => new(
        (PriorityClass)priority.Default,
        priority.Header,
        priority.Values.ToDictionary(v => v.Key, v => (PriorityClass)v.Value, StringComparer.Ordinal));

    private static AdaptiveConcurrencyConfig Read(Wire.AdaptiveConcurrency adaptive) => new(
        adaptive.MinConcurrency,
        adaptive.MaxConcurrency,
        TimeSpan.FromMilliseconds(adaptive.UpdateIntervalMillis),
        adaptive.BufferPercent,
        TimeSpan.FromMilliseconds(adaptive.MinRttIntervalMillis),
        adaptive.MinRttRequests,
        adaptive.JitterPercent);
}
