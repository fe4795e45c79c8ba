using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Registry;

/// <summary>One sidecar as it was last heard of. Immutable; the registry replaces it.</summary>
/// <param name="Address"><c>host:port</c> of the inbound listener; empty for one that only calls.</param>
/// <param name="IsReady">False until the sidecar has said that its app accepts connections.</param>
/// <param name="ExpiresAt">When the lease ends unless the sidecar is heard again.</param>
/// <param name="IsConnected">False while it is only remembered: its stream broke, or it is known from before a restart.</param>
internal sealed record InstanceState(
    string InstanceId,
    string Service,
    string Version,
    string Zone,
    string Address,
    string AdminAddress,
    ClusterProtocol Protocol,
    bool IsReady,
    DateTimeOffset LastSeen,
    DateTimeOffset ExpiresAt,
    bool IsConnected)
{
    /// <summary>Whether its inbound listener takes mutual TLS now.</summary>
    public bool AcceptsTls { get; init; }

    /// <summary>Its share of requests where a TrafficPolicy balances by weight; 1..100.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Where its app listens; 0 when it did not say.</summary>
    public int AppPort { get; init; }

    /// <summary>Whether requests may be sent to it.</summary>
    public bool IsEndpoint => IsReady && Address.Length > 0;
}
