using System.Collections.Concurrent;
using MeshInsight.Control.V1;
using MeshInsight.Grpc.Client;

namespace MeshInsight.ControlPlane.Tests;

/// <summary>A sidecar as the control plane sees it: says hello, answers snapshots, keeps the newest.</summary>
internal sealed class FakeProxy : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // An instance has the same address whenever it comes, and none has another's. Nobody listens there.
    private static readonly ConcurrentDictionary<string, int> s_ports = new();
    private static int s_lastPort = 10_000;

    private readonly GrpcChannel _channel;
    private readonly GrpcDuplexCall<ProxyMessage, ControlMessage> _call;
    private readonly Lock _lock = new();
    private readonly List<Snapshot> _snapshots = [];
    private readonly Task _reading;
    private readonly PeriodicTimer _pulse = new(TimeSpan.FromMilliseconds(500));
    private Task _beating = Task.CompletedTask;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _ready = true;

    private FakeProxy(GrpcChannel channel, string instanceId)
    {
        _channel = channel;
        InstanceId = instanceId;
        _call = channel.Duplex<ProxyMessage, ControlMessage>("/meshinsight.control.v1.MeshControl/Connect", ControlMessage.Parser);
        _reading = ReadAsync();
    }

    public string InstanceId { get; }

    /// <summary>Set to refuse every snapshot for this reason.</summary>
    public string? Refuses { get; set; }

    public IReadOnlyList<Snapshot> Snapshots
    {
        get
        {
            lock (_lock)
            {
                return [.. _snapshots];
            }
        }
    }

    public static async Task<FakeProxy> ConnectAsync(
        RunningControlPlane control,
        string service,
        string version,
        string instanceId,
        string? address = null,
        long snapshotVersion = 0,
        bool ready = true,
        bool heartbeats = true,
        string? refuses = null,
        string? token = null)
    {
        var proxy = new FakeProxy(control.Channel(token), instanceId) { _ready = ready, Refuses = refuses };
        await proxy._call.WriteAsync(new ProxyMessage
        {
            Hello = new Hello
            {
                InstanceId = instanceId,
                Service = service,
                Version = version,
                InboundAddress = address ?? $"127.0.0.1:{s_ports.GetOrAdd(instanceId, _ => Interlocked.Increment(ref s_lastPort))}",
                AdminAddress = "127.0.0.1:9",
                SnapshotVersion = snapshotVersion,
            },
        });
        await proxy.BeatAsync(ready);
        proxy._beating = heartbeats ? proxy.BeatAsync() : Task.CompletedTask;
        return proxy;
    }

    public async Task BeatAsync(bool ready)
    {
        _ready = ready;
        await _call.WriteAsync(new ProxyMessage { Heartbeat = new Heartbeat { Ready = ready } });
    }

    public async Task SayGoodbyeAsync() => await _call.WriteAsync(new ProxyMessage { Goodbye = new Goodbye() });

    /// <summary>Waits until the newest snapshot is as asked.</summary>
    public async Task<Snapshot> WaitAsync(Func<Snapshot, bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_snapshots.Count > 0 && condition(_snapshots[^1]))
                {
                    return _snapshots[^1];
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{InstanceId}: no such snapshot among {Snapshots.Count}; the newest is {(Snapshots is [.., var newest] ? newest : null)}");
            }
        }
    }

    /// <summary>Breaks the connection as a crash would, without a goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        _pulse.Dispose();
        await _call.DisposeAsync();
        _channel.Dispose();
        await Quiet(_reading);
        await Quiet(_beating);
    }

    public static IReadOnlyList<(string Cluster, int Weight)> Weights(Snapshot snapshot, string service) =>
        [.. snapshot.Routes.First(r => r.Service == service).Clusters.Select(c => (c.Cluster, c.Weight))];

    public static int CanaryPercent(Snapshot snapshot, string service, string version)
    {
        var route = snapshot.Routes.FirstOrDefault(r => r.Service == service);
        int sum = route?.Clusters.Sum(c => c.Weight) ?? 0;
        return sum == 0 ? -1 : 100 * route!.Clusters.Where(c => c.Cluster == $"{service}/{version}").Sum(c => c.Weight) / sum;
    }

    private async Task ReadAsync()
    {
        while (await _call.ReadAsync() is { } message)
        {
            if (message.Snapshot is not { } snapshot)
            {
                continue;
            }

            var answer = new SnapshotAnswer { Version = snapshot.Version, Accepted = Refuses is null };
            if (Refuses is { } reason)
            {
                answer.Problems.Add(reason);
            }

            // Before the answer: what the control plane holds for confirmed, a test finds here.
            lock (_lock)
            {
                _snapshots.Add(snapshot);
                _changed.TrySetResult();
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            await _call.WriteAsync(new ProxyMessage { Answer = answer });
        }
    }

    private async Task BeatAsync()
    {
        while (await _pulse.WaitForNextTickAsync())
        {
            await BeatAsync(_ready);
        }
    }

    // The call was cancelled by us; its failure is the point.
    private static async Task Quiet(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception error) when (error is MeshInsight.Grpc.Failures.GrpcException or OperationCanceledException or ObjectDisposedException)
        {
            Assert.NotNull(error.Message);
        }
    }
}
