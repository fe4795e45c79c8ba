using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Tests.Client;

/// <summary>Answers that no healthy ClickHouse gives, from a socket that says exactly what the test wants.</summary>
public sealed class StrangeServerTests
{
    private const string Secret = "s3cret-Pa55";

    /// <summary>One block: column "n" of UInt8 with the rows 1, 2.</summary>
    private static readonly byte[] Block = [1, 2, 1, (byte)'n', 5, .. "UInt8"u8, 1, 2];

    [Fact]
    public async Task Query_NobodyListens_SaysWhereAndHowToFix()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        taken.Stop();
        using var client = new ClickHouseClient(ClickHouseOptions.Parse($"http://me:{Secret}@127.0.0.1:{port}/"));

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.QueryAsync("SELECT 1"));

        Assert.Equal((0, ClickHouseException.UnreachableName, true), (error.Code, error.Name, error.IsRetryable));
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("MESH_CLICKHOUSE_URL", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_CredentialsInUrl_TravelAsHeadersOnly()
    {
        using var server = Answering(Chunked(200, Block));
        using var client = new ClickHouseClient(ClickHouseOptions.Parse($"http://me:{Secret}@127.0.0.1:{server.Port}/"));

        await using var rows = await client.QueryAsync("SELECT 1");
        string request = await server.Request;

        Assert.Contains("X-ClickHouse-User: me", request, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"X-ClickHouse-Key: {Secret}", request, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Secret, request.Split('\n')[0], StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, client.Options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED) (version 24.8.1.1 (official build))\n")]
    [InlineData("\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED) (version 26.7.3.1)\n97 abcdefghijklmnop\r\n__exception__\r\n")]
    public async Task Stream_ErrorTextAfterARow_IsThrown(string tail)
    {
        using var server = Answering(Chunked(200, [.. Block, .. Encoding.UTF8.GetBytes(tail)]));
        using var client = server.Connect();
        await using var rows = await client.StreamAsync("SELECT n");
        Assert.True(await rows.NextAsync());
        Assert.True(await rows.NextAsync());

        var error = await Assert.ThrowsAsync<ClickHouseException>(async () => await rows.NextAsync());

        Assert.Equal((241, "MEMORY_LIMIT_EXCEEDED", true), (error.Code, error.Name, error.IsRetryable));
        Assert.Equal("ClickHouse error 241: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)", error.Message);
    }

    [Fact]
    public async Task Stream_ErrorTextInsideABlock_IsThrown()
    {
        byte[] half = [1, 200, 1, 1, (byte)'n', 5, .. "UInt8"u8, 1, 2, 3];
        using var server = Answering(Chunked(200, [.. half, .. "Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"u8]));
        using var client = server.Connect();
        await using var rows = await client.StreamAsync("SELECT n");

        var error = await Assert.ThrowsAsync<ClickHouseException>(async () => await rows.NextAsync());

        Assert.Equal(241, error.Code);
    }

    [Fact]
    public async Task Stream_ConnectionBreaks_IsRetryable()
    {
        string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        using var server = Answering([.. Encoding.ASCII.GetBytes(head), .. Encoding.ASCII.GetBytes($"{Block.Length:x}\r\n"), .. Block, .. "\r\n"u8]);
        using var client = server.Connect();
        await using var rows = await client.StreamAsync("SELECT n");

        var error = await Assert.ThrowsAsync<ClickHouseException>(async () =>
        {
            while (await rows.NextAsync())
            {
            }
        });

        Assert.Equal((ClickHouseException.UnreachableName, true), (error.Name, error.IsRetryable));
    }

    [Theory]
    [InlineData(200, "<html>hello</html>", false)]
    [InlineData(404, "<html>not found</html>", false)]
    [InlineData(502, "bad gateway", true)]
    public async Task Query_NotAClickHouse_SaysSo(int status, string body, bool retryable)
    {
        using var server = Answering(Chunked(status, Encoding.UTF8.GetBytes(body)));
        using var client = server.Connect();

        var error = await Assert.ThrowsAsync<ClickHouseException>(async () =>
        {
            await using var rows = await client.QueryAsync("SELECT 1");
            await rows.NextAsync();
        });

        Assert.Equal((0, retryable), (error.Code, error.IsRetryable));
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_ServerAcceptsAndSaysNothing_TimesOut()
    {
        using var server = Answering(null);
        using var client = new ClickHouseClient(server.Options) { AnswerTimeout = TimeSpan.FromMilliseconds(200) };

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.QueryAsync("SELECT 1"));

        Assert.Equal((ClickHouseException.UnreachableName, true), (error.Name, error.IsRetryable));
    }

    private static SaysOneThing Answering(byte[]? answer) => new(answer);

    private static byte[] Chunked(int status, byte[] body) =>
    [
        .. Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n"),
        .. body,
        .. "\r\n0\r\n\r\n"u8,
    ];

    /// <summary>Reads one request head, answers with given bytes and closes; keeps silent for null.</summary>
    private sealed class SaysOneThing : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private TcpClient? _peer;

        public SaysOneThing(byte[]? answer)
        {
            _listener.Start();
            Request = ServeAsync(answer);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public Task<string> Request { get; }

        public ClickHouseOptions Options => ClickHouseOptions.Parse($"http://127.0.0.1:{Port}/");

        public ClickHouseClient Connect() => new(Options);

        public void Dispose()
        {
            _listener.Stop();
            _peer?.Dispose();
        }

        private async Task<string> ServeAsync(byte[]? answer)
        {
            _peer = await _listener.AcceptTcpClientAsync();
            var stream = _peer.GetStream();
            var request = new StringBuilder();
            byte[] buffer = new byte[4096];
            while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                request.Append(Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer)));
            }

            if (answer is not null)
            {
                await stream.WriteAsync(answer);
                _peer.Client.Shutdown(SocketShutdown.Send);
            }

            return request.ToString();
        }
    }
}
