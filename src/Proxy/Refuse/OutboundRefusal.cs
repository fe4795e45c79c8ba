using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Refuse;

/// <summary>Answers a request that goes out before an endpoint was tried. A CLIENT span is owed even so: the caller's failure must show.</summary>
internal sealed class OutboundRefusal(RequestObserver observer)
{
    /// <param name="status">0 for a client that has left: there is nobody to answer.</param>
    /// <param name="grpcStatus">For gRPC requests instead of what the HTTP status stands for; -1 for that.</param>
    public Task WriteAsync(Exchange exchange, int status, ResponseFlags flags, string reason, int grpcStatus = -1) =>
        WriteAsync(exchange, new(exchange.Service, "", ""), status, flags, reason, grpcStatus);

    /// <inheritdoc cref="WriteAsync(Exchange, int, ResponseFlags, string, int)"/>
    /// <param name="destination">Whom the request was for, as far as that was known.</param>
    public async Task WriteAsync(Exchange exchange, Workload destination, int status, ResponseFlags flags, string reason, int grpcStatus = -1)
    {
        var attempt = observer.BeginAttempt(exchange, destination, "");
        attempt.Flags = flags;
        if (status > 0)
        {
            await LocalReply.WriteAsync(exchange, status, flags, reason, grpcStatus: grpcStatus);
            attempt.Status = exchange.Status;
            attempt.GrpcStatus = exchange.GrpcStatus;
        }

        observer.EndAttempt(exchange, attempt);
    }
}
