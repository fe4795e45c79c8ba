using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MeshInsight.Proxy.Balance;

/// <summary>64-bit hash of what a request or an endpoint is known by: FNV-1a, finished with SplitMix64's mix so that every bit counts. Not for secrets.</summary>
internal static class KeyHash
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    /// <returns>Never 0.</returns>
    public static ulong Of(ReadOnlySpan<char> text) => Of(MemoryMarshal.AsBytes(text));

    /// <returns>Never 0; an IPv4 address and its IPv6 form are the same.</returns>
    public static ulong Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int written);
        bool isMapped = address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6;
        return Of(isMapped ? bytes[12..16] : bytes[..written]);
    }

    public static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }

    private static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ulong hash = Offset;
        foreach (byte b in bytes)
        {
            hash = (hash ^ b) * Prime;
        }

        hash = Mix(hash);
        return hash == 0 ? 1 : hash;
    }
}
