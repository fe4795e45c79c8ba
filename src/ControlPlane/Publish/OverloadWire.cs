using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>Bounds and classes as control.proto has them.</summary>
internal static class OverloadWire
{
    public static Wire.ServiceOverload Write(ServiceOverload service) => new()
    {
        Service = service.Service,
        Overload = new()
        {
            MaxRequests = service.Overload.MaxRequests,
            Adaptive = service.Overload.Adaptive is { } adaptive ? Write(adaptive) : null,
            MaxPendingRequests = service.Overload.MaxPendingRequests,
            MaxWaitMillis = SnapshotWire.Millis(service.Overload.MaxWait),
        },
    };

    public static Wire.Priority Write(PriorityConfig priority)
    {
        var message = new Wire.Priority { Default = (Wire.PriorityClass)priority.Default, Header = priority.Header };
        foreach (var (value, meaning) in priority.Values)
        {
            message.Values[value] = (Wire.PriorityClass)meaning;
        }

        return message;
    }

    private static Wire.AdaptiveConcurrency Write(AdaptiveConcurrencyConfig adaptive) => new()
    {
        MinConcurrency = adaptive.MinConcurrency,
        MaxConcurrency = adaptive.MaxConcurrency,
        UpdateIntervalMillis = SnapshotWire.Millis(adaptive.UpdateInterval),
        BufferPercent = adaptive.BufferPercent,
        MinRttIntervalMillis = SnapshotWire.Millis(adaptive.MinRttInterval),
        MinRttRequests = adaptive.MinRttRequests,
        JitterPercent = adaptive.JitterPercent,
    };
}
