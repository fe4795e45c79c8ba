using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>A client of lines, plain or within TLS of its own.</summary>
internal sealed class TcpCaller : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly StreamReader _reader;

    private TcpCaller(Socket socket, Stream stream)
    {
        (_socket, _stream) = (socket, stream);
        _reader = new(stream);
    }

    /// <summary>SHA-256 of the certificate that was shown; empty on a plain connection.</summary>
    public string Shown { get; private init; } = "";

    public static async Task<TcpCaller> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Patience);
        return new(socket, new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Within TLS, which is to end where that certificate is shown.</summary>
    /// <param name="serverName">Empty to name none.</param>
    /// <exception cref="IOException">There was no handshake.</exception>
    public static async Task<TcpCaller> ConnectTlsAsync(int port, string serverName, List<SslApplicationProtocol>? protocols = null, X509Certificate2? own = null) =>
        await (await ConnectAsync(port)).SecureAsync(serverName, protocols, own);

    /// <summary>By CONNECT, through a proxy.</summary>
    /// <param name="after">Sent at once with the request.</param>
    /// <returns>Also what the proxy answered: the head, and the whole text where it refused.</returns>
    public static async Task<(TcpCaller Caller, string Answer)> ConnectThroughAsync(int proxyPort, string target, string after = "")
    {
        var caller = await ConnectAsync(proxyPort);
        await caller._stream.WriteAsync(Encoding.Latin1.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n{after}")).AsTask().WaitAsync(Patience);
        string answer = await caller.ReadHeadAsync();
        return (caller, answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) ? answer : answer + await caller._reader.ReadToEndAsync().WaitAsync(Patience));
    }

    /// <summary>The same connection from here on within TLS.</summary>
    public async Task<TcpCaller> SecureAsync(string serverName, List<SslApplicationProtocol>? protocols = null, X509Certificate2? own = null)
    {
        var plain = this;
        string shown = "";
        var tls = new SslStream(plain._stream);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = serverName,
                ApplicationProtocols = protocols,
                ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, null, offline: true),
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    // Self-signed by the test; which one it is, is what tests ask.
                    shown = certificate?.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256) ?? "";
                    return shown.Length > 0;
                },
            }).WaitAsync(Patience);
            return new(plain._socket, tls) { Shown = shown };
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    // Not a byte more: what follows is from the other end.
    private async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await _stream.ReadAsync(one).AsTask().WaitAsync(Patience) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    /// <summary>Sends a line and returns the next one that comes; null at the end.</summary>
    public async Task<string?> AskAsync(string line)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n")).AsTask().WaitAsync(Patience);
        return await ReadAsync();
    }

    /// <returns>Null at the end.</returns>
    /// <exception cref="IOException">The connection was reset.</exception>
    public Task<string?> ReadAsync() => _reader.ReadLineAsync().WaitAsync(Patience);

    /// <summary>Says that nothing more comes; what the other side has to say can still be read.</summary>
    public async Task FinishAsync()
    {
        if (_stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }
        else
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
    }

    /// <summary>Finishes, and hears the other side out: who leaves before that resets the connection.</summary>
    public async Task EndAsync()
    {
        await FinishAsync();
        while (await ReadAsync() is not null)
        {
            // What is still said is not asked for.
        }
    }

    /// <summary>Whether the other side has closed or reset the connection, without a line before.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await ReadAsync() is null;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Reset()
    {
        _socket.LingerState = new(true, 0);
        _socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _stream.DisposeAsync();
    }
}
