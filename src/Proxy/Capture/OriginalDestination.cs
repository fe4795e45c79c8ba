using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace MeshInsight.Proxy.Capture;

/// <summary>Where a redirected connection was going before iptables turned it to us. On each captured connection, and so on each of its requests.</summary>
internal sealed record OriginalDestination(IPEndPoint Address)
{
    private const int SolIp = 0;
    private const int SolIpv6 = 41;

    // SO_ORIGINAL_DST (linux/netfilter_ipv4.h) and IP6T_SO_ORIGINAL_DST (linux/netfilter_ipv6/ip6_tables.h) have the same number.
    private const int SoOriginalDst = 80;

    /// <summary>
    /// Asks the kernel's connection tracking. The answer is a sockaddr:
    /// <code>
    /// IPv4: family 2 | port 2 | address 4
    /// IPv6: family 2 | port 2 | flow 4 | address 16 | scope 4
    /// </code>
    /// </summary>
    /// <returns>Null when nothing redirected the connection.</returns>
    public static OriginalDestination? TryRead(Socket socket)
    {
        bool isV6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        Span<byte> answer = stackalloc byte[28];
        try
        {
            socket.GetRawSocketOption(isV6 ? SolIpv6 : SolIp, SoOriginalDst, answer);
        }
        catch (SocketException)
        {
            return null;
        }

        var address = isV6 ? new IPAddress(answer.Slice(8, 16)) : new IPAddress(answer.Slice(4, 4));
        return new(new IPEndPoint(address, BinaryPrimitives.ReadUInt16BigEndian(answer[2..])));
    }
}
