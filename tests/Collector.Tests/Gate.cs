using System.Net;
using System.Net.Sockets;

namespace MeshInsight.Collector.Tests;

/// <summary>A door in front of a server: closed, connections are refused as if the server were down; opened, bytes pass both ways.</summary>
internal sealed class Gate : IAsyncDisposable
{
    private readonly Uri _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<TcpClient> _clients = [];
    private readonly Task _accepting;
    private bool _open;

    public Gate(Uri server, bool open)
    {
        _server = server;
        _open = open;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The server's URL with the gate's port.</summary>
    public Uri Url => new UriBuilder(_server) { Port = ((IPEndPoint)_listener.LocalEndpoint).Port }.Uri;

    public void Open() => Volatile.Write(ref _open, true);

    /// <summary>Breaks what is connected and lets nobody in.</summary>
    public void Close()
    {
        lock (_clients)
        {
            Volatile.Write(ref _open, false);
            _clients.ForEach(c => c.Dispose());
            _clients.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            lock (_clients)
            {
                if (!Volatile.Read(ref _open))
                {
                    client.Dispose();
                    continue;
                }

                var server = new TcpClient(_server.Host, _server.Port);
                _clients.AddRange([client, server]);
                _ = PumpAsync(client, server);
                _ = PumpAsync(server, client);
            }
        }
    }

    private static async Task PumpAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
