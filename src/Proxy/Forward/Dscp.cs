using System.Net.Sockets;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Forward;

/// <summary>
/// How packets tell the network what they carry: AF41 and AF31 (RFC 2597, ordered as RFC 4594 orders interactive before bulk), the default, and Lower Effort
/// (RFC 8622). Every class but the default one has connections of its own (docs/decisions/0132).
/// </summary>
internal static class Dscp
{
    // The two lowest bits of the byte are ECN's.
    private const int EcnBits = 2;

    // linux/in6.h; .NET has no name for it.
    private const int Ipv6Level = 41;
    private const int Ipv6TrafficClass = 67;

    /// <summary>0..63.</summary>
    public static int Of(PriorityClass priority) => priority switch
    {
        PriorityClass.Critical => 34,
        PriorityClass.High => 26,
        PriorityClass.Low => 1,
        _ => 0,
    };

    /// <summary>Before the socket connects, so that its first packet has the mark too. Elsewhere than on Linux nothing is marked.</summary>
    public static void Mark(Socket socket, PriorityClass priority)
    {
        int byteOfHeader = Of(priority) << EcnBits;
        if (byteOfHeader == 0 || !OperatingSystem.IsLinux())
        {
            return;
        }

        // A socket for both families takes both: which one it becomes is known only when it connects.
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.TypeOfService, byteOfHeader);
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetRawSocketOption(Ipv6Level, Ipv6TrafficClass, BitConverter.GetBytes(byteOfHeader));
        }
    }
}
