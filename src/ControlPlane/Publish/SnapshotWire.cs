using MeshInsight.Contracts.Mesh;
using Wire = MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>A snapshot as control.proto has it.</summary>
internal static class SnapshotWire
{
    public static Wire.Snapshot Write(MeshSnapshot snapshot, string epoch)
    {
        var message = new Wire.Snapshot { Version = snapshot.Version, Epoch = epoch, WhyKeySha256 = snapshot.WhyKeySha256 };
        message.Routes.AddRange(snapshot.Routes.Select(Write));
        message.Clusters.AddRange(snapshot.Clusters.Select(Write));
        message.Security = SecurityWire.Write(snapshot.Security);
        message.Services.AddRange(snapshot.Services.Select(Write));
        message.RateLimits.AddRange(snapshot.RateLimits.Select(RateLimitWire.Write));
        message.FaultInjections.AddRange(snapshot.Faults.Select(FaultWire.Write));
        message.Gateways.AddRange(snapshot.Gateways.Select(GatewayWire.Write));
        message.Overloads.AddRange(snapshot.Overloads.Select(OverloadWire.Write));
        return message;
    }

    private static Wire.ServicePorts Write(ServicePorts service)
    {
        var message = new Wire.ServicePorts { Service = service.Service };
        message.Ports.AddRange(service.Ports);
        return message;
    }

    internal static Wire.Route Write(RouteConfig route)
    {
        var message = new Wire.Route
        {
            Name = route.Name,
            Service = route.Service,
            TimeoutMillis = Millis(route.Timeout),
            TryTimeoutMillis = Millis(route.TryTimeout),
            Retry = Write(route.Retry),
            Port = route.Port,
            GrpcOnly = route.IsGrpcOnly,
            Bytes = route.IsBytes,
            Filters = RouteFilterWire.Write(route.Filters),
            Priority = route.Priority is { } priority ? OverloadWire.Write(priority) : null,
        };
        message.Matches.AddRange(route.Matches.Select(Write));
        message.Addresses.AddRange(route.Addresses);
        message.Clusters.AddRange(route.Clusters.Select(RouteFilterWire.Write));
        return message;
    }

    internal static Wire.Match Write(RouteMatch match)
    {
        var message = new Wire.Match
        {
            PathKind = match.PathKind switch
            {
                PathMatchKind.Exact => Wire.Match.Types.PathKind.Exact,
                PathMatchKind.Regex => Wire.Match.Types.PathKind.Regex,
                _ => Wire.Match.Types.PathKind.Prefix,
            },
            Path = match.Path,
            Method = match.Method,
        };
        message.Headers.AddRange(match.Headers.Select(h => new Wire.HeaderMatch { Name = h.Name, Value = h.Value, Regex = h.IsRegex }));
        message.Query.AddRange(match.Query.Select(q => new Wire.QueryMatch { Name = q.Name, Value = q.Value, Regex = q.IsRegex }));
        return message;
    }

    private static Wire.Retry Write(RetryConfig retry)
    {
        var message = new Wire.Retry
        {
            Attempts = retry.Attempts,
            BackoffMillis = Millis(retry.Backoff),
            BudgetPercent = retry.BudgetPercent,
            BudgetMinPerSecond = retry.BudgetMinPerSecond,
        };
        message.Codes.AddRange(retry.Codes);
        return message;
    }

    private static Wire.Cluster Write(ClusterConfig cluster)
    {
        var message = new Wire.Cluster
        {
            Name = cluster.Name,
            Service = cluster.Service,
            Version = cluster.Version,
            Protocol = (Wire.Protocol)cluster.Protocol,
            External = cluster.IsExternal,
            // Absent means None, so that snapshots without policies stay as small as they were.
            Policy = cluster.Policy == TrafficPolicy.None ? null : TrafficPolicyWire.Write(cluster.Policy),
        };
        message.Endpoints.AddRange(cluster.Endpoints.Select(e => new Wire.Endpoint
        {
            InstanceId = e.InstanceId,
            Address = e.Address,
            Version = e.Version,
            Zone = e.Zone,
            KeepPercent = e.KeepPercent,
            Identity = e.Identity,
            Weight = e.Weight,
            AppPort = e.AppPort,
            NotReady = !e.IsReady,
            OriginateTls = e.OriginatesTls,
        }));
        return message;
    }

    internal static int Millis(TimeSpan time) => (int)Math.Min(int.MaxValue, time.TotalMilliseconds);
}
