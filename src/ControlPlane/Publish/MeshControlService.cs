using MeshInsight.Control.V1;
using MeshInsight.ControlPlane.Identity;
using MeshInsight.ControlPlane.Registry;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>control.proto on the wire.</summary>
internal sealed class MeshControlService(
    InstanceRegistry registry,
    SnapshotPublisher publisher,
    CallerCheck callers,
    TimeProvider clock,
    ILogger<ProxySession> logger,
    CancellationToken stopping)
{
    public const string Connect = "/meshinsight.control.v1.MeshControl/Connect";

    private static readonly string Version = typeof(MeshControlService).Assembly.GetName().Version?.ToString(3) ?? "";

    public void Map(IEndpointRouteBuilder endpoints, GrpcServiceOptions options) =>
        endpoints.MapGrpcBidi<ProxyMessage, ControlMessage>(Connect, ProxyMessage.Parser, ConnectAsync, options);

    private async Task ConnectAsync(GrpcRequestReader<ProxyMessage> requests, GrpcResponseWriter<ControlMessage> responses, GrpcServerCall call)
    {
        var caller = callers.Find(call.RequestHeader("authorization"))
            ?? throw new GrpcException(GrpcStatusCode.Unauthenticated, "The token is missing or wrong: send the mesh token, or the one that came with the certificate, as \"authorization: Bearer TOKEN\".");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation, stopping);
        var session = new ProxySession(registry, publisher, clock, logger);
        string problem = await session.RunAsync(
            () => ReadAsync(requests, caller, ended.Token),
            (message, _) => responses.WriteAsync(message),
            Version,
            ended.Token);
        if (problem.Length > 0)
        {
            throw new GrpcException(GrpcStatusCode.InvalidArgument, problem);
        }

        if (stopping.IsCancellationRequested)
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, "The control plane stops; connect again.");
        }
    }

    // The end of the program ends every stream; reading alone would wait for the sidecar's next message.
    private static async ValueTask<ProxyMessage?> ReadAsync(GrpcRequestReader<ProxyMessage> requests, Caller caller, CancellationToken ended)
    {
        try
        {
            var message = await requests.ReadAsync().AsTask().WaitAsync(ended);
            return message?.Hello is { } hello && !caller.MayBe(hello.Service)
                ? throw new GrpcException(GrpcStatusCode.PermissionDenied, $"The token is of the service \"{caller.Service}\", but the sidecar says to be of \"{hello.Service}\".")
                : message;
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return null;
        }
    }
}
