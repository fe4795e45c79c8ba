using System.Net;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// One protocol's half of a listener. Kestrel binds two of these per side (it cannot tell HTTP/1.1 from h2c on one clear-text port);
/// both share one socket.
/// </summary>
internal sealed class SniffedEndPoint(ListenerSide side, IPEndPoint address, bool isHttp2) : EndPoint
{
    public ListenerSide Side => side;

    public IPEndPoint Address => address;

    public bool IsHttp2 => isHttp2;

    public override string ToString() => $"{address} ({(isHttp2 ? "h2c" : "HTTP/1.1")})";

    public override bool Equals(object? obj) =>
        obj is SniffedEndPoint other && other.Side == side && other.IsHttp2 == isHttp2 && other.Address.Equals(address);

    public override int GetHashCode() => HashCode.Combine(side, isHttp2, address);
}
