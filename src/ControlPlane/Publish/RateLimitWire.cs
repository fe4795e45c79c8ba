using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>A rate limit as control.proto has it.</summary>
internal static class RateLimitWire
{
    public static Wire.RateLimit Write(RateLimitConfig limit)
    {
        var message = new Wire.RateLimit
        {
            Name = limit.Name,
            Total = Write(limit.Total),
            Identity = Write(limit.Identity),
            Global = limit.Global is { } global ? Write(global) : null,
        };
        message.Services.AddRange(limit.Services);
        message.Matches.AddRange(limit.Matches.Select(SnapshotWire.Write));
        message.Overrides.AddRange(limit.Overrides.Select(Write));
        return message;
    }

    private static Wire.Rate? Write(RateConfig? rate) => rate is null ? null : new() { RequestsPerSecond = rate.RequestsPerSecond, Burst = rate.Burst };

    private static Wire.RateOverride Write(RateOverride each)
    {
        var message = new Wire.RateOverride { Rate = Write(each.Rate) };
        message.Clients.AddRange(each.Clients);
        return message;
    }

    private static Wire.GlobalLimit Write(GlobalRateLimit global)
    {
        var message = new Wire.GlobalLimit
        {
            Rate = Write(global.Rate),
            FailClosed = global.FailureMode == LimitFailureMode.Closed,
            TimeoutMillis = SnapshotWire.Millis(global.Timeout),
        };
        message.Key.AddRange(global.Key.Select(p => new Wire.LimitKey { Source = (Wire.LimitKey.Types.Source)p.Source, Name = p.Name }));
        return message;
    }
}
