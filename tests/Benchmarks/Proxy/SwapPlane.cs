using System.Net;
using System.Threading.Channels;
using MeshInsight.Control.V1;
using MeshInsight.Grpc.Server;
using MeshInsight.Proxy.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>The control plane's end of one sidecar's stream, over real gRPC: pushes what it is given, at once.</summary>
internal sealed class SwapPlane : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ControlMessage> _pushes = Channel.CreateUnbounded<ControlMessage>();
    private readonly Channel<SnapshotAnswer> _answers = Channel.CreateUnbounded<SnapshotAnswer>();

    private SwapPlane()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGrpcBidi<ProxyMessage, ControlMessage>(ControlStream.Method, ProxyMessage.Parser, ConnectAsync);
    }

    public Uri Url => new(_app.Urls.First());

    public static async Task<SwapPlane> StartAsync()
    {
        var plane = new SwapPlane();
        await plane._app.StartAsync();
        return plane;
    }

    /// <returns>How long it took until the sidecar had it in force.</returns>
    public async Task<TimeSpan> PushAsync(Snapshot snapshot)
    {
        long start = TimeProvider.System.GetTimestamp();
        _pushes.Writer.TryWrite(new() { Snapshot = snapshot });
        SnapshotAnswer answer;
        do
        {
            answer = await _answers.Reader.ReadAsync();
        }
        while (answer.Version != snapshot.Version);
        return answer.Accepted ? TimeProvider.System.GetElapsedTime(start) : throw new InvalidOperationException(string.Join(" ", answer.Problems));
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ConnectAsync(GrpcRequestReader<ProxyMessage> requests, GrpcResponseWriter<ControlMessage> responses, GrpcServerCall call)
    {
        await responses.WriteAsync(new() { Welcome = new() { LeaseMillis = 5000, ControlPlaneVersion = "bench" } });
        var sending = SendAsync(responses, call.Cancellation);
        while (await requests.ReadAsync() is { } message)
        {
            if (message.Answer is { } answer)
            {
                _answers.Writer.TryWrite(answer);
            }
        }

        await sending;
    }

    private async Task SendAsync(GrpcResponseWriter<ControlMessage> responses, CancellationToken cancellation)
    {
        try
        {
            await foreach (var push in _pushes.Reader.ReadAllAsync(cancellation))
            {
                await responses.WriteAsync(push);
            }
        }
        catch (OperationCanceledException)
        {
            _pushes.Writer.TryComplete();
        }
    }
}
