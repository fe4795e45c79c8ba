using System.Net.Security;

namespace MeshInsight.Proxy.Identity;

/// <summary>What sidecars agree on within their TLS (RFC 7301). HTTP has registered names; bytes have one of our own, which also tells our TLS from that of an app.</summary>
internal static class MeshAlpn
{
    /// <summary>What follows is the app's, as it is.</summary>
    public static readonly SslApplicationProtocol Bytes = new("mesh-tcp");

    public static readonly List<SslApplicationProtocol> Requests = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];

    public static readonly List<SslApplicationProtocol> BytesOnly = [Bytes];
}
