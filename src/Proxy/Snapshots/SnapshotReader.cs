using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>The wire's snapshot as ours. Values only; <see cref="SnapshotValidator"/> says whether they make sense.</summary>
internal static class SnapshotReader
{
    public static MeshSnapshot Read(Snapshot message) =>
        new(message.Version, [.. message.Routes.Select(Read)], [.. message.Clusters.Select(Read)])
        {
            WhyKeySha256 = message.WhyKeySha256,
            Security = message.Security is { } security ? SecurityReader.Read(security) : MeshSecurity.None,
            Services = [.. message.Services.Select(s => new Contracts.Mesh.ServicePorts(s.Service, [.. s.Ports]))],
            RateLimits = [.. message.RateLimits.Select(RateLimitReader.Read)],
            Faults = [.. message.FaultInjections.Select(FaultReader.Read)],
            Gateways = [.. message.Gateways.Select(GatewayReader.Read)],
            Overloads = [.. message.Overloads.Select(OverloadReader.Read)],
        };

    internal static RouteConfig Read(Control.V1.Route route) => new(
        route.Name,
        route.Service,
        [.. route.Matches.Select(Read)],
        [.. route.Clusters.Select(RouteFilterReader.Read)],
        TimeSpan.FromMilliseconds(route.TimeoutMillis),
        TimeSpan.FromMilliseconds(route.TryTimeoutMillis),
        route.Retry is { } retry
            ? new(retry.Attempts, [.. retry.Codes], TimeSpan.FromMilliseconds(retry.BackoffMillis), retry.BudgetPercent, retry.BudgetMinPerSecond)
            : RetryConfig.None)
    {
        Port = route.Port,
        IsGrpcOnly = route.GrpcOnly,
        IsBytes = route.Bytes,
        Addresses = [.. route.Addresses],
        Filters = RouteFilterReader.Read(route.Filters),
        Priority = route.Priority is { } priority ? OverloadReader.Read(priority) : null,
    };

    internal static RouteMatch Read(Control.V1.Match match) => new(
        (PathMatchKind)match.PathKind,
        match.Path,
        match.Method,
        [.. match.Headers.Select(h => new Contracts.Mesh.HeaderMatch(h.Name, h.Value, h.Regex))])
    {
        Query = [.. match.Query.Select(q => new Contracts.Mesh.QueryMatch(q.Name, q.Value, q.Regex))],
    };

    private static ClusterConfig Read(Cluster cluster) => new(
        cluster.Name,
        cluster.Service,
        cluster.Version,
        (ClusterProtocol)cluster.Protocol,
        [.. cluster.Endpoints.Select(Read)])
    {
        Policy = cluster.Policy is { } policy ? TrafficPolicyReader.Read(policy) : Contracts.Mesh.TrafficPolicy.None,
        IsExternal = cluster.External,
    };

    // Control planes from before there were weights say 0.
    private static EndpointConfig Read(Control.V1.Endpoint endpoint) =>
        new(endpoint.InstanceId, endpoint.Address, endpoint.Version, endpoint.Zone, endpoint.KeepPercent)
        {
            Weight = endpoint.Weight == 0 ? 1 : endpoint.Weight,
            IsReady = !endpoint.NotReady,
            AppPort = endpoint.AppPort,
            Identity = endpoint.Identity,
            OriginatesTls = endpoint.OriginateTls,
        };
}
