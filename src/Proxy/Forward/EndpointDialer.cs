using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Relay;

namespace MeshInsight.Proxy.Forward;

/// <summary>Connects to one endpoint for an app's bytes: within mutual TLS where it proves who it is, else plain.</summary>
/// <param name="identity">Null to have all in plain text.</param>
internal sealed class EndpointDialer(IdentityState? identity, TimeProvider time)
{
    /// <summary>For connection and handshake; as for requests.</summary>
    public static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(5);

    private readonly TlsClient? _tls = identity is null ? null : new(identity, MeshAlpn.Bytes);

    public async Task<DialResult> DialAsync(EndpointConfig endpoint, CancellationToken stopping)
    {
        // While we have no certificate others are called in plain text, which they refuse where it matters.
        string expected = identity is { IsReady: true } ? endpoint.Identity : "";
        return await DialAsync(endpoint.Address, expected, stopping);
    }

    /// <param name="address"><c>host:port</c>.</param>
    /// <param name="expected">SPIFFE id that the peer must prove; empty for a plain connection.</param>
    public async Task<DialResult> DialAsync(string address, string expected, CancellationToken stopping)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(ConnectWithin, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            var target = new Uri("tcp://" + address);
            await socket.ConnectAsync(new DnsEndPoint(target.DnsSafeHost, target.Port), either.Token);
            var tls = expected.Length > 0 ? await _tls!.SecureAsync(socket, expected, either.Token) : null;
            return new(new DialedConnection(socket, tls), expected, "");
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException)
        {
            socket.Dispose();
            return new(null, "", e is OperationCanceledException ? $"no connection within {ConnectWithin.TotalSeconds} s" : e.Message);
        }
    }
}

/// <summary>What came of dialling.</summary>
/// <param name="Connection">Null when there is none.</param>
/// <param name="Principal">What the endpoint has proved to be; empty on a plain connection.</param>
/// <param name="Problem">Why there is none.</param>
internal readonly record struct DialResult(DialedConnection? Connection, string Principal, string Problem);

/// <summary>A connection that we made.</summary>
internal sealed class DialedConnection(Socket socket, SslStream? tls) : IAsyncDisposable
{
    private readonly Stream _stream = tls ?? (Stream)new NetworkStream(socket, ownsSocket: true);

    public RelayEnd End => tls is not null ? RelayEnd.Of(tls) : RelayEnd.Of(socket, _stream);

    /// <summary>Ends it in a way that the peer cannot take for the end of what it was sent.</summary>
    public void Reset() => socket.Close(0);

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
