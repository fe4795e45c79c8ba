using MeshInsight.Proxy.Accept;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Client;

/// <summary>The workload on the other side of a connection, as mutual TLS has proved it.</summary>
/// <param name="Id"><c>spiffe://mesh.local/ns/default/sa/checkout</c>.</param>
/// <param name="Service"><c>checkout</c>.</param>
public sealed record MeshPeer(string Id, string Service);

/// <summary>What a request says of the mesh it came through.</summary>
public static class MeshHttpContextExtensions
{
    /// <returns>Null when the caller has proved nothing: on a plain connection, and on the app's own addresses.</returns>
    public static MeshPeer? GetMeshPeer(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<ListenerSideFeature>()?.Peer is { } peer ? new(peer.Text, peer.Service) : null;
    }
}
