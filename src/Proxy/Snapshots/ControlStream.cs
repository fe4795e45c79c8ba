using MeshInsight.Control.V1;
using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>
/// The stream to the control plane, for the sidecar's whole life: says who we are, answers every snapshot, beats once a second. While the
/// control plane is away, requests go on by the snapshot in force and the stream is opened again with growing, jittered pauses.
/// </summary>
internal sealed partial class ControlStream(
    GrpcChannel channel, Func<Hello> hello, SnapshotKeeper keeper, Func<Heartbeat> beat, Func<string?> token, TimeProvider time, Random random, ILogger logger)
{
    public const string Method = "/meshinsight.control.v1.MeshControl/Connect";

    private static readonly TimeSpan BeatEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private volatile GrpcDuplexCall<ProxyMessage, ControlMessage>? _call;
    private volatile bool _isConnected;
    private volatile bool _isLeaving;

    /// <summary>Whether the control plane has welcomed us on the stream that is open now.</summary>
    public bool IsConnected => _isConnected;

    public async Task RunAsync(CancellationToken stopping)
    {
        int failures = 0;
        while (!stopping.IsCancellationRequested && !_isLeaving)
        {
            try
            {
                await ConnectAsync(stopping);
                failures = 0;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is GrpcException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // A stream that breaks while we write to it shows in several ways; to us they are one.
                failures = _isConnected ? 1 : failures + 1;
                if (failures == 1 && !_isLeaving)
                {
                    Log.ControlAway(logger, e.Message, keeper.Version);
                }
            }
            finally
            {
                _isConnected = false;
                _call = null;
            }

            await PauseAsync(failures, stopping);
        }
    }

    /// <summary>Says that we leave, so that no new request is sent here; the stream ends, and <see cref="RunAsync"/> with it, when every caller knows. Does nothing when the stream is not open.</summary>
    public async Task GoodbyeAsync()
    {
        _isLeaving = true;
        if (_call is { } call)
        {
            bool isTold = false;
            try
            {
                await call.WriteAsync(new() { Goodbye = new() });
                isTold = true;
                await call.CompleteWritingAsync();
            }
            catch (Exception e) when (isTold && e is GrpcException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The control plane has heard it and ended the stream before we did.
                return;
            }
            catch (Exception e) when (e is GrpcException or IOException or OperationCanceledException or ObjectDisposedException)
            {
                Log.GoodbyeLost(logger, e.Message);
            }
        }
    }

    private async Task ConnectAsync(CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await using var call = channel.Duplex<ProxyMessage, ControlMessage>(Method, ControlMessage.Parser, Options(), ended.Token);
        // Reading starts at once: a connection that is refused shows there, never in a write.
        var speaking = SpeakAsync(call, ended.Token);
        try
        {
            while (await call.ReadAsync() is { } message)
            {
                await TakeAsync(call, message);
            }
        }
        finally
        {
            _call = null;
            await ended.CancelAsync();
            await speaking;
        }
    }

    private GrpcCallOptions Options() => token() is { } secret
        ? new() { Headers = [new("authorization", "Bearer " + secret)] }
        : GrpcCallOptions.Default;

    private async Task TakeAsync(GrpcDuplexCall<ProxyMessage, ControlMessage> call, ControlMessage message)
    {
        if (!_isConnected)
        {
            _isConnected = true;
            Log.ControlConnected(logger);
        }

        if (message.MessageCase == ControlMessage.MessageOneofCase.Snapshot)
        {
            // On a thread of its own: compiling and storing take time, and this one may be polling the sockets of requests.
            var answer = await Task.Run(() => keeper.Offer(message.Snapshot));
            if (!_isLeaving)
            {
                await call.WriteAsync(new() { Answer = answer });
            }
        }
    }

    private async Task SpeakAsync(GrpcDuplexCall<ProxyMessage, ControlMessage> call, CancellationToken ended)
    {
        try
        {
            await call.WriteAsync(new() { Hello = hello() });
            _call = call;
            await BeatAsync(call, ended);
        }
        catch (Exception e) when (e is GrpcException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The reader of the stream sees the same end, with its status.
            call.Cancel();
        }
    }

    /// <summary>Once a second, and at once when the app came or went or mutual TLS became possible.</summary>
    private async Task BeatAsync(GrpcDuplexCall<ProxyMessage, ControlMessage> call, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        Heartbeat? said = null;
        long saidAt = 0;
        do
        {
            var now = beat();
            if (!now.Equals(said) || time.GetElapsedTime(saidAt) >= BeatEvery)
            {
                (said, saidAt) = (now, time.GetTimestamp());
                await call.WriteAsync(new() { Heartbeat = now });
            }
        }
        while (await timer.WaitForNextTickAsync(ended) && !_isLeaving);
    }

    // From 100 ms up, between a half and all of it: a control plane that comes back is not met by everyone at once.
    private async Task PauseAsync(int failures, CancellationToken stopping)
    {
        double window = Math.Min(LongestPause.TotalMilliseconds, 100 * Math.Pow(2, Math.Min(failures, 6)));
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(window * (0.5 + (random.NextDouble() / 2))), time, stopping);
        }
        catch (OperationCanceledException)
        {
            Log.Stopped(logger);
        }
    }
}
