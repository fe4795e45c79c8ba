using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using MeshInsight.Contracts.Identity;
using MeshInsight.Proxy.Relay;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// A client's connection whose content is bytes to us, as it came or as it is within TLS that ends here. Bytes for a plain client go past Kestrel's transport, which
/// would close both directions at the end of one; those that come are read through it, since the first are there already.
/// </summary>
internal sealed class ByteConnection : IAsyncDisposable
{
    private readonly ConnectionContext _connection;
    private readonly Stream[] _streams;

    /// <param name="tls">Owned from now on.</param>
    /// <param name="peer">The workload that the client has proved to be; null when it has not.</param>
    /// <param name="serverName">What the client called us in its TLS hello; empty when it did not say, or we did not look.</param>
    public ByteConnection(ConnectionContext connection, SslStream? tls = null, SpiffeId? peer = null, string serverName = "")
    {
        _connection = connection;
        (Peer, ServerName) = (peer, serverName);
        if (tls is not null)
        {
            _streams = [tls];
            End = RelayEnd.Of(tls);
        }
        else
        {
            var socket = connection.Features.Get<IConnectionSocketFeature>()!.Socket;
            _streams = [connection.Transport.Input.AsStream(leaveOpen: true), new NetworkStream(socket, ownsSocket: false)];
            End = RelayEnd.Of(socket, _streams[0], _streams[1]);
        }
    }

    /// <summary>One that something was read from already, within our TLS.</summary>
    public ByteConnection(TlsConnection secured)
    {
        _connection = secured;
        (Peer, ServerName) = (secured.Features.Get<PeerFeature>()?.Peer, "");
        _streams = [secured.Input.AsStream(leaveOpen: true)];
        End = RelayEnd.Of(secured.Tls) with { Source = _streams[0] };
    }

    public RelayEnd End { get; }

    /// <summary>What the client waits for before it speaks: the word that there is an upstream. Empty for none.</summary>
    public ReadOnlyMemory<byte> Greeting { get; init; }

    public bool IsGreeted { get; private set; }

    public SpiffeId? Peer { get; }

    public string ServerName { get; }

    public IPEndPoint? Remote => _connection.RemoteEndPoint as IPEndPoint;

    public IPEndPoint? Local => _connection.LocalEndPoint as IPEndPoint;

    /// <returns>False when the client has left.</returns>
    public async ValueTask<bool> GreetAsync()
    {
        IsGreeted = true;
        return Greeting.IsEmpty || await TryWriteAsync(Greeting);
    }

    /// <summary>The last that the client hears. Who closed with words of the client's unread would reset the connection, and ours might be lost: they are waited for and dropped.</summary>
    public async Task EndWithAsync(ReadOnlyMemory<byte> words, TimeSpan within, TimeProvider time)
    {
        if (!await TryWriteAsync(words))
        {
            return;
        }

        using var limit = new CancellationTokenSource(within, time);
        byte[] dropped = new byte[1024];
        try
        {
            await End.FinishAsync();
            while (await End.Source.ReadAsync(dropped, limit.Token) > 0)
            {
                // Nobody asked for it.
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            Reset();
        }
    }

    private async ValueTask<bool> TryWriteAsync(ReadOnlyMemory<byte> words)
    {
        try
        {
            await End.Target.WriteAsync(words);
            return true;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Ends it in a way that the client cannot take for the end of what it was sent.</summary>
    public void Reset() => _connection.Abort(new ConnectionAbortedException("The connection that was relayed to has failed."));

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams)
        {
            await stream.DisposeAsync();
        }

        await _connection.DisposeAsync();
    }
}
