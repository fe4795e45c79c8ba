using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Classify;
using MeshInsight.Proxy.Forward;

namespace MeshInsight.Proxy.Health;

/// <summary>Sends a check the way a request would go: the same pools, within mutual TLS where the endpoint proves who it is.</summary>
internal sealed class ProbeTransport(UpstreamPools pools)
{
    private const string RateLimitedFlag = "RL";
    private const string UserAgent = "MeshInsight-HealthCheck";

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, ClusterConfig cluster, EndpointConfig endpoint, bool isHttp2, CancellationToken cancellation)
    {
        bool isSecured = endpoint.Identity.Length > 0 && pools.CanSecure;
        if (isSecured)
        {
            pools.Expect(request.RequestUri!.GetLeftPart(UriPartial.Authority), endpoint.Identity);
            // On the connection that requests use.
            isHttp2 = true;
        }

        request.Version = isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.Host = cluster.Service + ".mesh";
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        // An endpoint that has much to do is not ill: were checks shed with the rest, it would be taken for that.
        request.Headers.TryAddWithoutValidation("baggage", Classifier.Baggage(PriorityClass.Critical));
        var invoker = pools.Invoker(isHttp2 ? UpstreamProtocol.Http2 : UpstreamProtocol.Http1, isSecured);
        return await invoker.SendAsync(request, cancellation);
    }

    /// <summary>The endpoint's sidecar takes no more requests for now, checks included. That says nothing about the app, so such a check finds no fault.</summary>
    public static bool IsRateLimited(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues(LocalReply.FlagsHeader, out var flags) && flags.ToString() == RateLimitedFlag;
}
