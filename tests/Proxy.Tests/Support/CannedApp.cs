using System.Net;
using System.Net.Sockets;

namespace MeshInsight.Proxy.Tests.Support;

/// <summary>An app that gives every request the same answer and allocates nothing for it. A thread per connection; requests without bodies, one at a time.</summary>
internal sealed class CannedApp : IDisposable
{
    public static readonly byte[] Answer = [.. "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n"u8, .. Enumerable.Repeat((byte)'x', 1024)];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public CannedApp()
    {
        _listener.Start();
        Start(Accept);
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public void Dispose() => _listener.Dispose();

    private static void Start(Action work) => new Thread(() => work()) { IsBackground = true }.Start();

    private static void Serve(Socket connection)
    {
        using (connection)
        {
            connection.NoDelay = true;
            byte[] request = new byte[16 * 1024];
            int read = 0, got;
            while ((got = connection.Receive(request.AsSpan(read))) > 0)
            {
                read += got;
                if (request.AsSpan(0, read).EndsWith("\r\n\r\n"u8))
                {
                    connection.Send(Answer);
                    read = 0;
                }
            }
        }
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                var connection = _listener.AcceptSocket();
                Start(() => Serve(connection));
            }
        }
        catch (SocketException)
        {
            // The test is over.
        }
    }
}
