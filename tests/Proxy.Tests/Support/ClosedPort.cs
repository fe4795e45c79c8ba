using System.Net;
using System.Net.Sockets;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>An address that refuses connections for as long as it is held: bound by us, listened on by nobody.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public string Address => $"127.0.0.1:{Port}";

    public void Dispose() => _socket.Dispose();
}
