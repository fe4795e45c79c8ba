namespace MeshInsight.Proxy.Forward;

/// <summary>The pool as one call sees it: notes when the request leaves.</summary>
internal sealed class AttemptInvoker(ForwardCall call, TimeProvider time) : HttpMessageInvoker(NoPool.Instance, disposeHandler: false)
{
    public HttpMessageInvoker? Pool { get; set; }

    // Not async: what happens next is told by the forwarder, and a state machine per request is saved.
    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content)
        {
            request.Content = new FlushingContent(content, call);
        }

        var attempt = call.Attempt;
        attempt.SentTimestamp = time.GetTimestamp();
        attempt.ProxyNanos += time.GetElapsedTime(attempt.StartTimestamp, attempt.SentTimestamp).Ticks * 100;
        return Pool!.SendAsync(request, cancellationToken);
    }

    /// <summary>Every call says its own pool, but the base class wants one.</summary>
    private sealed class NoPool : HttpMessageHandler
    {
        public static NoPool Instance { get; } = new();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
