namespace MeshInsight.Contracts.Mesh;

/// <summary>One version of everything a sidecar needs to route. Immutable; replaced whole.</summary>
/// <param name="Version">Grows with every change; a sidecar never goes back to a lower one from the same control plane.</param>
public sealed record MeshSnapshot(long Version, IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters)
{
    /// <summary>Services that declare ports; others are reached by any port.</summary>
    public IReadOnlyList<ServicePorts> Services { get; init; } = [];

    public static MeshSnapshot Empty { get; } = new(0, [], []);

    public MeshSecurity Security { get; init; } = MeshSecurity.None;

    /// <summary>Who shows the key of this hash may have requests explained; empty: nobody.</summary>
    public string WhyKeySha256 { get; init; } = "";

    /// <summary>In the order of declaration; all that match hold.</summary>
    public IReadOnlyList<RateLimitConfig> RateLimits { get; init; } = [];

    /// <summary>In the order of declaration; the first that matches is taken.</summary>
    public IReadOnlyList<FaultConfig> Faults { get; init; } = [];

    public IReadOnlyList<GatewayConfig> Gateways { get; init; } = [];

    /// <summary>Services whose sidecars bound what they let through; one entry each.</summary>
    public IReadOnlyList<ServiceOverload> Overloads { get; init; } = [];
}

/// <summary>The ports of a service, in the order of their declaration.</summary>
public sealed record ServicePorts(string Service, IReadOnlyList<int> Ports);

/// <summary>A rule from a request to weighted clusters. The first route that matches wins; the control plane has sorted them by precedence.</summary>
/// <param name="Service">The host part of <c>http://checkout.mesh/</c> that the route serves: <c>checkout</c>.</param>
/// <param name="Timeout">Whole exchange including retries; zero means none (Gateway API <c>timeouts.request</c>).</param>
/// <param name="TryTimeout">One attempt; zero means none (<c>timeouts.backendRequest</c>).</param>
public sealed record RouteConfig(
    string Name,
    string Service,
    IReadOnlyList<RouteMatch> Matches,
    IReadOnlyList<WeightedCluster> Clusters,
    TimeSpan Timeout,
    TimeSpan TryTimeout,
    RetryConfig Retry)
{
    /// <summary>Port of the service that the route serves; 0 for all of them.</summary>
    public int Port { get; init; }

    /// <summary>Takes gRPC requests only (GRPCRoute).</summary>
    public bool IsGrpcOnly { get; init; }

    /// <summary>Takes connections of bytes to a host outside the mesh, and no requests. Routes to services whose instances speak no HTTP do so without saying it.</summary>
    public bool IsBytes { get; init; }

    /// <summary>IP addresses by which captured connections of bytes are known to be for the route, at its port; none for those that say a name.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    public RouteFilters Filters { get; init; } = RouteFilters.None;

    /// <summary>What class requests get that have none yet; null leaves them without.</summary>
    public PriorityConfig? Priority { get; init; }
}

public enum PathMatchKind
{
    Prefix,
    Exact,
    Regex,
}

/// <summary>All given parts must match; an empty method matches every method.</summary>
public sealed record RouteMatch(PathMatchKind PathKind, string Path, string Method, IReadOnlyList<HeaderMatch> Headers)
{
    public IReadOnlyList<QueryMatch> Query { get; init; } = [];
}

public sealed record HeaderMatch(string Name, string Value, bool IsRegex);

/// <summary>On the first value of that name, decoded; names are compared with case.</summary>
public sealed record QueryMatch(string Name, string Value, bool IsRegex);

/// <param name="Weight">Relative to the sum over the route; 0 means no request.</param>
/// <param name="Request">Changes to the headers of requests that go this way, after the route's own; null for none.</param>
/// <param name="Response">Changes to the headers of responses that come this way, before the route's own; null for none.</param>
public readonly record struct WeightedCluster(string Cluster, int Weight, HeaderChanges? Request = null, HeaderChanges? Response = null);

/// <param name="Attempts">Retries after the first try; 0 switches retrying off.</param>
/// <param name="Codes">HTTP status codes that may be retried.</param>
/// <param name="BudgetPercent">Retries allowed as a share of requests over 10 s, and at least <paramref name="BudgetMinPerSecond"/>.</param>
public sealed record RetryConfig(int Attempts, IReadOnlyList<int> Codes, TimeSpan Backoff, int BudgetPercent, int BudgetMinPerSecond)
{
    public static RetryConfig None { get; } = new(0, [], TimeSpan.Zero, 20, 10);
}

public enum ClusterProtocol
{
    Http,
    Http2,
    Grpc,
    Tcp,
}

/// <summary>Interchangeable endpoints of one service and version. Named <c>service/version</c>, or <c>service</c> when versions are not told apart.</summary>
public sealed record ClusterConfig(
    string Name,
    string Service,
    string Version,
    ClusterProtocol Protocol,
    IReadOnlyList<EndpointConfig> Endpoints)
{
    public TrafficPolicy Policy { get; init; } = TrafficPolicy.None;

    /// <summary>Outside the mesh: is told nothing that sidecars tell each other, and what it says of the kind is not believed.</summary>
    public bool IsExternal { get; init; }
}

/// <summary>One instance.</summary>
/// <param name="Address"><c>host:port</c> of the instance's inbound sidecar listener.</param>
/// <param name="Zone"><c>zone</c> or <c>region/zone</c>; may be empty.</param>
/// <param name="KeepPercent">100 normally; less when a remediation shifted traffic away: the share of its fair load the endpoint still gets.</param>
public sealed record EndpointConfig(string InstanceId, string Address, string Version, string Zone, int KeepPercent)
{
    /// <summary>SPIFFE id that the endpoint proves by mutual TLS; empty: plain text.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Share of requests compared with the others, where the balancer asks for it; 1..100.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Port of the app behind it, at the same host; 0 when not known. Tells captured calls by plain address whom they are for.</summary>
    public int AppPort { get; init; }

    /// <summary>False while its sidecar says that the app does not accept connections: used only when nobody else is left.</summary>
    public bool IsReady { get; init; } = true;

    /// <summary>Spoken to within TLS that the caller's request was not made in; for hosts outside the mesh.</summary>
    public bool OriginatesTls { get; init; }
}
