using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MeshInsight.Proxy.Tests.Abuse;

/// <summary>An app that answers every request head it sees with the bytes it was given, and remembers all bytes that came.</summary>
internal sealed class RawApp : IAsyncDisposable
{
    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly StringBuilder _received = new();
    private readonly string _answer;
    private readonly Task _accepting;

    public RawApp(string answer = Ok)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public string Received
    {
        get
        {
            lock (_received)
            {
                return _received.ToString();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            byte[] buffer = new byte[4096];
            string head = "";
            try
            {
                while (await client.GetStream().ReadAsync(buffer, _stopping.Token) is > 0 and int count)
                {
                    string text = Encoding.Latin1.GetString(buffer, 0, count);
                    lock (_received)
                    {
                        _received.Append(text);
                    }

                    head += text;
                    while (head.IndexOf("\r\n\r\n", StringComparison.Ordinal) is >= 0 and int end)
                    {
                        head = head[(end + 4)..];
                        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(_answer), _stopping.Token);
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The test is over, or the sidecar left.
            }
        }
    }
}
