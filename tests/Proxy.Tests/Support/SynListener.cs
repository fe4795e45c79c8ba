using System.Net;
using System.Net.Sockets;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>
/// Accepts connections, says how their first packet was marked, and closes them. Linux keeps that packet's headers for a listener that asks (tcp(7), TCP_SAVE_SYN), so
/// what is read is what came over the wire, and no privilege is needed.
/// </summary>
internal sealed class SynListener : IDisposable
{
    private const int TcpLevel = 6;
    private const int SaveSyn = 27;
    private const int SavedSyn = 28;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _listener;

    public SynListener(IPAddress address)
    {
        _listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetRawSocketOption(TcpLevel, SaveSyn, BitConverter.GetBytes(1));
        _listener.Bind(new IPEndPoint(address, 0));
        _listener.Listen();
    }

    public string Address => _listener.LocalEndPoint!.ToString()!;

    /// <returns>The DSCP of the next connection's first packet.</returns>
    public async Task<int> NextAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var connection = await _listener.AcceptAsync(limit.Token);
        byte[] packet = new byte[128];
        connection.GetRawSocketOption(TcpLevel, SavedSyn, packet);
        // A client that tries again is refused at once, and does not wait for an answer that never comes.
        _listener.Dispose();
        // IPv4: version and length, then the byte. IPv6: four bits of version, then the byte.
        int trafficClass = packet[0] >> 4 == 4 ? packet[1] : ((packet[0] & 0xf) << 4) | (packet[1] >> 4);
        return trafficClass >> 2;
    }

    public void Dispose() => _listener.Dispose();
}
