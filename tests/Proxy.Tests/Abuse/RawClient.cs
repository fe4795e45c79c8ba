using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MeshInsight.Proxy.Tests.Abuse;

/// <summary>A client that sends exactly the bytes it is given.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TcpClient _client = new();
    private readonly StringBuilder _read = new();

    private RawClient()
    {
    }

    public NetworkStream Stream { get; private set; } = null!;

    /// <summary>Whether <see cref="ReadToEndAsync"/> came to the end.</summary>
    public bool IsClosed { get; private set; }

    public static async Task<RawClient> ConnectAsync(Uri url)
    {
        var raw = new RawClient();
        await raw._client.ConnectAsync(IPAddress.Loopback, url.Port);
        raw.Stream = raw._client.GetStream();
        return raw;
    }

    /// <summary>Sends, and reads until the other side closes.</summary>
    public static async Task<string> SendAsync(Uri url, string bytes)
    {
        using var client = await ConnectAsync(url);
        await client.WriteAsync(bytes);
        return await client.ReadToEndAsync();
    }

    public async Task WriteAsync(string latin1) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(latin1));

    /// <summary>All that comes until the other side closes, however it does.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        byte[] buffer = new byte[4096];
        try
        {
            while (await Stream.ReadAsync(buffer, limit.Token) is > 0 and int count)
            {
                _read.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            IsClosed = true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            IsClosed = e is IOException;
            // A reset ends it too; and one that stays open is told by what has come.
        }

        return _read.ToString();
    }

    /// <summary>Waits for a text in what comes.</summary>
    public async Task ReadUntilAsync(string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        byte[] buffer = new byte[4096];
        while (!_read.ToString().Contains(text, StringComparison.Ordinal))
        {
            int count = await Stream.ReadAsync(buffer, limit.Token);
            Assert.True(count > 0, $"The connection ended before \"{text}\": {_read}");
            _read.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
    }

    public void Dispose() => _client.Dispose();
}
