using System.Net.Sockets;

namespace MeshInsight.Proxy.Health;

/// <summary>Asks whether the app accepts connections: once a second, oftener while it does not, so that a start is noticed soon. The answer travels with the heartbeat: an instance whose app is away gets no requests.</summary>
internal sealed class AppProbe(Uri? app, TimeProvider time)
{
    private static readonly TimeSpan WhileReady = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WhileAway = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private volatile bool _isReady = app is null;

    /// <summary>True for a sidecar without an app: it only calls.</summary>
    public bool IsReady => _isReady;

    public async Task RunAsync(CancellationToken stopping)
    {
        if (app is null)
        {
            return;
        }

        try
        {
            while (true)
            {
                _isReady = await ProbeAsync(stopping);
                await Task.Delay(_isReady ? WhileReady : WhileAway, time, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            _isReady = false;
        }
    }

    /// <summary>One look, now.</summary>
    public async Task<bool> ProbeAsync(CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(Patience);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(app!.Host, app.Port, limit.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            return false;
        }
    }
}
