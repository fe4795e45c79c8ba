using MeshInsight.Client.Outbound;

namespace MeshInsight.Client;

/// <summary>
/// Sends what is for the mesh by its routes, and leaves all else to the inner handler. Clients of the factory have it; others take it from the services and set
/// <see cref="DelegatingHandler.InnerHandler"/>, as for a gRPC channel: <c>new GrpcChannelOptions { HttpHandler = handler }</c>.
/// </summary>
/// <remarks>Answers are what a sidecar would give: a service that cannot be reached is a 503 with <c>x-mesh-response-flags</c>, no exception. Redirects are not followed.</remarks>
public sealed class MeshInsightHandler : DelegatingHandler
{
    private readonly MeshNode _node;

    internal MeshInsightHandler(MeshNode node) => _node = node;

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.RequestUri is not { IsAbsoluteUri: true } uri || !_node.Serves(uri))
        {
            return base.SendAsync(request, cancellationToken);
        }

        return InMemoryCall.SendAsync(request, uri, _node.Outbound, cancellationToken);
    }
}
