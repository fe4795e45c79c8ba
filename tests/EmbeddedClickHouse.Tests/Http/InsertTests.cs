using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace MeshInsight.EmbeddedClickHouse.Tests.Http;

[Collection(SharedServerGroup.Name)]
public sealed class InsertTests(SharedServer server)
{
    private Caller Client => server.Client;

    [Fact]
    public async Task Insert_DataThatLooksLikeSql_IsStoredAsItIs()
    {
        string table = await Client.NewTableAsync();
        await Client.RunAsync($"INSERT INTO {table} FORMAT CSV\n1,\"a\n\n; DROP TABLE {table}; --\"\n2,\"b\n\nINSERT INTO {table} VALUES (3, 'c')\"\n");
        await Client.RunAsync($"INSERT INTO {table} VALUES (4, 'x;\n\n; DROP TABLE {table}'), (5, 'y')");
        await Client.RunAsync($"INSERT INTO {table} FORMAT JSONEachRow {{\"a\":6,\"s\":\"\\n\\n;\"}}\n\n\n{{\"a\":7,\"s\":\"\"}}");
        Assert.Equal("6\t28", await Client.RunAsync($"SELECT count(), sum(a) - 1 + 4 FROM {table}"));
        Assert.Equal("1", await Client.RunAsync($"SELECT s = 'a\\n\\n; DROP TABLE {table}; --' FROM {table} WHERE a = 1"));
        Assert.Equal("1", await Client.RunAsync($"SELECT s = 'x;\\n\\n; DROP TABLE {table}' FROM {table} WHERE a = 4"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public async Task Insert_CompressedBodyAndAnswer_RoundTrips(string encoding)
    {
        string table = await Client.NewTableAsync();
        var reply = await Client.SendAsync(HttpMethod.Post, $"query=INSERT%20INTO%20{table}%20FORMAT%20TSV", Compressed(encoding, "1\tone\n2\ttwo\n"));
        Assert.True(reply.Status == 200, reply.Text);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/?enable_http_compression=1") { Content = new StringContent($"SELECT * FROM {table} ORDER BY a") };
        request.Headers.AcceptEncoding.ParseAdd(encoding);
        using var answer = await Client.Http.SendAsync(request);
        Assert.Equal([encoding], answer.Content.Headers.ContentEncoding);
        using var reader = new StreamReader(Decompress(encoding, await answer.Content.ReadAsStreamAsync()));
        Assert.Equal("1\tone\n2\ttwo\n", await reader.ReadToEndAsync());
    }

    [Theory]
    [InlineData("gzip", 354)]
    [InlineData("deflate", 354)]
    [InlineData("br", 476)]
    public async Task Insert_BodyCutOffAnywhere_WritesNothing(string encoding, int code)
    {
        string table = await Client.NewTableAsync();
        byte[] whole = await Compressed(encoding, string.Concat(Enumerable.Range(0, 200).Select(i => $"{i}\t{i * 7919}\n"))).ReadAsByteArrayAsync();
        for (int length = whole.Length - 1; length > 0; length -= 37)
        {
            var reply = await Client.SendAsync(HttpMethod.Post, $"query=INSERT%20INTO%20{table}%20FORMAT%20TSV", Bytes(encoding, whole[..length]));
            Assert.True(reply.Code == code, $"{length} of {whole.Length}: {reply.Text}");
        }

        Assert.Equal("0", await Client.RunAsync($"SELECT count() FROM {table}"));
    }

    [Fact]
    public async Task Insert_UnknownEncoding_NamesThoseThatAreKnown()
    {
        var reply = await Client.SendAsync(HttpMethod.Post, "", Bytes("zstd", [1, 2, 3]));
        Assert.Equal(432, reply.Code);
        Assert.Contains("gzip, deflate, br", reply.Text);
    }

    [Fact]
    public async Task Insert_ClientGoneMidBody_WritesNothing()
    {
        string table = await Client.NewTableAsync();
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(IPAddress.Loopback, Client.Url.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /?query=INSERT%20INTO%20{table}%20FORMAT%20TSV HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1\ta\n\r\n"));
        }

        // Were it not over, the table could not be dropped and made anew under the same name without the rows of the first one.
        Assert.Equal("0", await Client.RunAsync($"SELECT count() FROM {table}"));
        Assert.Equal("0", await StatementsOnAsync(table));
    }

    [Fact]
    public async Task Insert_WrongRowAtTheEnd_WritesNothing()
    {
        string table = await Client.NewTableAsync();
        var reply = await Client.PostAsync($"INSERT INTO {table} FORMAT TSV\n1\ta\n2\tb\nx\tc\n");
        Assert.Equal((400, 27), (reply.Status, reply.Code));
        Assert.Contains("(at row 3)", reply.Text);
        Assert.Equal("0", await Client.RunAsync($"SELECT count() FROM {table}"));
    }

    [Fact]
    public async Task Insert_HundredMegabytes_StreamsWhileOthersAreServed()
    {
        string table = await Client.NewTableAsync();
        var row = new string('x', 1000);
        const int Rows = 100_000;
        var sending = Client.SendAsync(HttpMethod.Post, $"query=INSERT%20INTO%20{table}%20FORMAT%20TSV", new StreamedContent(async stream =>
        {
            byte[] block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(i => $"{i}\t{row}\n")));
            for (int i = 0; i < Rows / 100; i++)
            {
                await stream.WriteAsync(block);
            }
        }));
        int served = 0;
        while (!sending.IsCompleted)
        {
            Assert.Equal("1", await Client.RunAsync("SELECT 1"));
            served++;
        }

        Assert.Equal(200, (await sending).Status);
        Assert.True(served > 2, $"{served} statements were served meanwhile.");
        Assert.Equal($"{Rows}", await Client.RunAsync($"SELECT count() FROM {table}"));
    }

    [Fact]
    public async Task Insert_ReplayedWithItsToken_IsStoredOnce()
    {
        string table = await Client.NewTableAsync(settings: "SETTINGS non_replicated_deduplication_window = 100");
        foreach (var (token, data) in new[] { ("a", "1\tx\n"), ("a", "1\tx\n"), ("b", "1\tx\n"), ("a", "2\tother rows, same token\n") })
        {
            await Client.RunAsync($"INSERT INTO {table} FORMAT TSV\n{data}", "insert_deduplication_token=" + token);
        }

        Assert.Equal("2\t2", await Client.RunAsync($"SELECT count(), sum(a) FROM {table}"));
    }

    [Fact]
    public async Task Insert_AsynchronousAsked_IsInTheTableWhenAnswered()
    {
        string table = await Client.NewTableAsync();
        await Client.RunAsync($"INSERT INTO {table} FORMAT TSV\n1\tx\n", "async_insert=1&wait_for_async_insert=0");
        Assert.Equal("1", await Client.RunAsync($"SELECT count() FROM {table}"));
    }

    private async Task<string> StatementsOnAsync(string table)
    {
        string running;
        do
        {
            running = await Client.RunAsync($"SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO {table}%'");
        }
        while (running != "0");
        return await Client.RunAsync($"SELECT count() FROM {table}");
    }

    private static ByteArrayContent Compressed(string encoding, string text)
    {
        using var bytes = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(bytes, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BrotliStream(bytes, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        return Bytes(encoding, bytes.ToArray());
    }

    private static Stream Decompress(string encoding, Stream stream) => encoding switch
    {
        "gzip" => new GZipStream(stream, CompressionMode.Decompress),
        "deflate" => new ZLibStream(stream, CompressionMode.Decompress),
        _ => new BrotliStream(stream, CompressionMode.Decompress),
    };

    private static ByteArrayContent Bytes(string encoding, byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentEncoding.Add(encoding);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    private sealed class StreamedContent(Func<Stream, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
