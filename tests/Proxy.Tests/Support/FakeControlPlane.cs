using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using MeshInsight.Control.V1;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Server;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Snapshots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>Speaks the control protocol over real gRPC: sends what a test publishes, keeps what sidecars say.</summary>
internal sealed class FakeControlPlane : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly List<Channel<Snapshot>> _streams = [];
    private Snapshot? _current;

    private FakeControlPlane(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGrpcBidi<ProxyMessage, ControlMessage>(ControlStream.Method, ProxyMessage.Parser, ConnectAsync);
        _app.MapGrpcUnary<SignRequest, SignResponse>(CertificateCall.Method, SignRequest.Parser, SignAsync);
    }

    public Uri Url => new(_app.Urls.First());

    public Channel<Hello> Hellos { get; } = Channel.CreateUnbounded<Hello>();

    public Channel<SnapshotAnswer> Answers { get; } = Channel.CreateUnbounded<SnapshotAnswer>();

    public Channel<Heartbeat> Heartbeats { get; } = Channel.CreateUnbounded<Heartbeat>();

    public Channel<string> Goodbyes { get; } = Channel.CreateUnbounded<string>();

    public ConcurrentQueue<string?> Tokens { get; } = new();

    /// <summary>Signs sidecars' certificates; null (the default) as a control plane without identities.</summary>
    public TestAuthority? Authority { get; set; }

    public ConcurrentQueue<SignRequest> SignRequests { get; } = new();

    /// <summary>So many requests for certificates, from the first on, get no answer.</summary>
    public int AnswersLost { get; set; }

    /// <summary>How sidecars asked for certificates: the token they presented, or "proof".</summary>
    public Channel<string?> Signings { get; } = Channel.CreateUnbounded<string?>();

    public static async Task<FakeControlPlane> StartAsync(int port = 0)
    {
        var plane = new FakeControlPlane(port);
        await plane._app.StartAsync();
        return plane;
    }

    public void Publish(Snapshot snapshot)
    {
        lock (_lock)
        {
            _current = snapshot;
            foreach (var stream in _streams)
            {
                stream.Writer.TryWrite(snapshot);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private Task<SignResponse> SignAsync(SignRequest request, GrpcServerCall call)
    {
        SignRequests.Enqueue(request);
        if (SignRequests.Count <= AnswersLost)
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, "the answer got lost");
        }

        var answer = Authority?.Sign(request) ?? throw new GrpcException(GrpcStatusCode.Unimplemented, "no identities here");
        Signings.Writer.TryWrite(request.CurrentChain.Count > 0 ? "proof" : call.RequestHeader("authorization"));
        return Task.FromResult(answer);
    }

    private async Task ConnectAsync(GrpcRequestReader<ProxyMessage> requests, GrpcResponseWriter<ControlMessage> responses, GrpcServerCall call)
    {
        Tokens.Enqueue(call.RequestHeader("authorization"));
        var stream = Channel.CreateUnbounded<Snapshot>();
        await responses.WriteAsync(new() { Welcome = new() { LeaseMillis = 5000, ControlPlaneVersion = "test" } });
        lock (_lock)
        {
            _streams.Add(stream);
            if (_current is { } current)
            {
                stream.Writer.TryWrite(current);
            }
        }

        var sending = SendAsync(stream.Reader, responses, call.Cancellation);
        string instance = "";
        try
        {
            while (await requests.ReadAsync() is { } message)
            {
                instance = message.Hello?.InstanceId ?? instance;
                Take(message, instance);
            }
        }
        finally
        {
            lock (_lock)
            {
                _streams.Remove(stream);
            }

            stream.Writer.TryComplete();
            await sending;
        }
    }

    private void Take(ProxyMessage message, string instance)
    {
        _ = message.MessageCase switch
        {
            ProxyMessage.MessageOneofCase.Hello => Hellos.Writer.TryWrite(message.Hello),
            ProxyMessage.MessageOneofCase.Answer => Answers.Writer.TryWrite(message.Answer),
            ProxyMessage.MessageOneofCase.Heartbeat => Heartbeats.Writer.TryWrite(message.Heartbeat),
            ProxyMessage.MessageOneofCase.Goodbye => Goodbyes.Writer.TryWrite(instance),
            _ => false,
        };
    }

    private static async Task SendAsync(ChannelReader<Snapshot> snapshots, GrpcResponseWriter<ControlMessage> responses, CancellationToken cancellation)
    {
        try
        {
            await foreach (var snapshot in snapshots.ReadAllAsync(cancellation))
            {
                await responses.WriteAsync(new() { Snapshot = snapshot });
            }
        }
        catch (OperationCanceledException)
        {
            snapshots.TryPeek(out _);
        }
    }
}
