using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Relay;

namespace MeshInsight.Proxy.Forward;

/// <summary>Connects to one endpoint for an app's bytes: within mutual TLS where it proves who it is, else plain.</summary>
/// <param name="identity">Null to have all in plain text.</param>
internal sealed class EndpointDialer(IdentityState? identity, TimeProvider time)
{
    private readonly TlsClient? _tls = identity is null ? null : new(identity, MeshAlpn.Bytes);

    // Requests, of which the first is the last.
    private readonly TlsClient? _gatewayTls = identity is null ? null : new(identity, SslApplicationProtocol.Http11);

    /// <param name="target"><c>host:port</c> outside the mesh for which the endpoint, a gateway, is asked; empty for the endpoint itself.</param>
    /// <param name="within">For connection, handshake and the gateway's answer.</param>
    public async Task<DialResult> DialAsync(EndpointConfig endpoint, string target, TimeSpan within, CancellationToken stopping)
    {
        // While we have no certificate others are called in plain text, which they refuse where it matters.
        string expected = identity is { IsReady: true } ? endpoint.Identity : "";
        return await DialAsync(endpoint.Address, expected, target, within, stopping);
    }

    /// <summary>A plain connection.</summary>
    /// <param name="address"><c>host:port</c>.</param>
    public Task<DialResult> DialAsync(string address, TimeSpan within, CancellationToken stopping) => DialAsync(address, "", "", within, stopping);

    private async Task<DialResult> DialAsync(string address, string expected, string target, TimeSpan within, CancellationToken stopping)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            var uri = new Uri("tcp://" + address);
            await socket.ConnectAsync(new DnsEndPoint(uri.DnsSafeHost, uri.Port), either.Token);
            var tls = expected.Length == 0 ? null : await (target.Length > 0 ? _gatewayTls! : _tls!).SecureAsync(socket, expected, either.Token);
            var connection = new DialedConnection(socket, tls);
            return target.Length == 0 ? new(connection, expected, "") : await AskAsync(connection, expected, target, either.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException)
        {
            socket.Dispose();
            return new(null, "", e is OperationCanceledException ? $"no connection within {within.TotalSeconds} s" : e.Message);
        }
    }

    private static async Task<DialResult> AskAsync(DialedConnection gateway, string expected, string target, CancellationToken cancellation)
    {
        if (await gateway.AskAsync(target, cancellation) is not { Flags: not ResponseFlags.None } refusal)
        {
            return new(gateway, expected, "");
        }

        await gateway.DisposeAsync();
        return new(null, expected, refusal.Reason) { RefusedAs = refusal.Flags };
    }
}

/// <summary>What came of dialling.</summary>
/// <param name="Connection">Null when there is none.</param>
/// <param name="Principal">What the endpoint has proved to be; empty on a plain connection.</param>
/// <param name="Problem">Why there is none.</param>
internal readonly record struct DialResult(DialedConnection? Connection, string Principal, string Problem)
{
    /// <summary>What a gateway gave as the reason why it makes no connection for us; none when it was not asked, or not reached.</summary>
    public ResponseFlags RefusedAs { get; init; }
}

/// <summary>A connection that we made.</summary>
internal sealed class DialedConnection(Socket socket, SslStream? tls) : IAsyncDisposable
{
    private readonly Stream _stream = tls ?? (Stream)new NetworkStream(socket, ownsSocket: true);

    private Stream? _source;

    public RelayEnd End
    {
        get
        {
            var end = tls is not null ? RelayEnd.Of(tls) : RelayEnd.Of(socket, _stream);
            return _source is null ? end : end with { Source = _source };
        }
    }

    /// <summary>Asks for a connection to somewhere else, which this one is from then on.</summary>
    /// <returns>Flags when there is none.</returns>
    public async Task<(ResponseFlags Flags, string Reason)> AskAsync(string target, CancellationToken cancellation)
    {
        var (input, flags, reason) = await TunnelCall.AskAsync(_stream, target, cancellation);
        // The host may have spoken already.
        _source = input?.AsStream(leaveOpen: true);
        return (flags, reason);
    }

    /// <summary>Ends it in a way that the peer cannot take for the end of what it was sent.</summary>
    public void Reset() => socket.Close(0);

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
