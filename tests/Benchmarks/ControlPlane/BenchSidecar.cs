extern alias control;

using control::MeshInsight.Control.V1;
using MeshInsight.Grpc.Client;

namespace MeshInsight.Benchmarks.ControlPlane;

/// <summary>A sidecar as far as the control plane sees it, with a connection of its own: says hello, accepts every snapshot, beats once a second.</summary>
internal sealed class BenchSidecar : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly GrpcDuplexCall<ProxyMessage, ControlMessage> _call;
    private readonly PeriodicTimer _pulse = new(TimeSpan.FromSeconds(1));
    private readonly Action<Snapshot, int> _received;
    private Task _reading = Task.CompletedTask;
    private Task _beating = Task.CompletedTask;

    private BenchSidecar(Uri control, string token, Action<Snapshot, int> received)
    {
        _received = received;
        _channel = new GrpcChannel(control, new GrpcChannelOptions { Token = token });
        _call = _channel.Duplex<ProxyMessage, ControlMessage>("/meshinsight.control.v1.MeshControl/Connect", ControlMessage.Parser);
    }

    /// <param name="received">Called with every snapshot and its size in bytes, after it was accepted.</param>
    public static async Task<BenchSidecar> ConnectAsync(Uri control, string token, string service, string version, int number, Action<Snapshot, int> received)
    {
        var sidecar = new BenchSidecar(control, token, received);
        await sidecar._call.WriteAsync(new ProxyMessage
        {
            Hello = new Hello
            {
                InstanceId = $"{service}-{version}-{number}",
                Service = service,
                Version = version,
                Zone = "zone-a",
                InboundAddress = $"10.0.{number / 250}.{1 + (number % 250)}:15006",
                AdminAddress = $"10.0.{number / 250}.{1 + (number % 250)}:15020",
            },
        });
        await sidecar.BeatAsync();
        sidecar._reading = sidecar.ReadAsync();
        sidecar._beating = sidecar.KeepBeatingAsync();
        return sidecar;
    }

    public async ValueTask DisposeAsync()
    {
        _pulse.Dispose();
        await _call.DisposeAsync();
        _channel.Dispose();
        await Task.WhenAll(_reading, _beating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAsync()
    {
        while (await _call.ReadAsync() is { } message)
        {
            if (message.Snapshot is { } snapshot)
            {
                await _call.WriteAsync(new ProxyMessage { Answer = new SnapshotAnswer { Version = snapshot.Version, Accepted = true } });
                _received(snapshot, message.CalculateSize());
            }
        }
    }

    private async Task KeepBeatingAsync()
    {
        while (await _pulse.WaitForNextTickAsync())
        {
            await BeatAsync();
        }
    }

    private ValueTask BeatAsync() => _call.WriteAsync(new ProxyMessage { Heartbeat = new Heartbeat { Ready = true } });
}
