using MeshInsight.Proxy.Identity;

namespace MeshInsight.Proxy.Forward;

/// <summary>The pool as one call sees it: notes when the request left and the response head came, and why none came.</summary>
internal sealed class AttemptInvoker(HttpMessageHandler pool, ForwardCall call, TimeProvider time) : HttpMessageInvoker(pool, disposeHandler: false)
{
    public override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content)
        {
            request.Content = new FlushingContent(content, call.RequestTap);
        }

        var attempt = call.Attempt;
        if (attempt.PeerPrincipal.Length > 0)
        {
            request.Options.Set(TlsClient.ExpectedPeer, attempt.PeerPrincipal);
        }

        attempt.SentTimestamp = time.GetTimestamp();
        attempt.ProxyNanos += time.GetElapsedTime(attempt.StartTimestamp, attempt.SentTimestamp).Ticks * 100;
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            attempt.HeadTimestamp = time.GetTimestamp();
            attempt.RoundTripNanos = time.GetElapsedTime(attempt.SentTimestamp, attempt.HeadTimestamp).Ticks * 100;
            attempt.ProtocolVersion = response.Version.Major == 2 ? "2" : "1.1";
            return response;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            call.SendFailure = e;
            call.Reach = UpstreamFailure.Reach(e);
            throw;
        }
    }
}
