using System.IO.Compression;
using MeshInsight.EmbeddedClickHouse.Engine;

namespace MeshInsight.EmbeddedClickHouse.Http;

/// <summary>A request's body, decompressed as it arrives. A client that stops sending does not hold a place for ever.</summary>
internal sealed class RequestBody : IAsyncDisposable
{
    /// <summary>ClickHouse's http_receive_timeout.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    private readonly Stream _stream;
    private readonly string _encoding;

    private RequestBody(Stream stream, string encoding)
    {
        _stream = stream;
        _encoding = encoding;
    }

    /// <exception cref="EngineException">An encoding we cannot read (432).</exception>
    public static RequestBody Open(HttpRequest request)
    {
        string encoding = request.Headers.ContentEncoding.ToString();
        Stream stream = encoding switch
        {
            "" or "identity" => request.Body,
            "gzip" => new GZipStream(request.Body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress),
            "br" => new BrotliStream(request.Body, CompressionMode.Decompress),
            _ => throw new EngineException(
                ErrorCode.UnknownCompressionMethod, $"Unknown compression method '{encoding}' in Content-Encoding. Use gzip, deflate, br or none."),
        };
        return new RequestBody(stream, encoding);
    }

    /// <summary>Fills the buffer as far as there is data.</summary>
    /// <returns>Fewer bytes than the buffer holds only at the end of the body.</returns>
    /// <exception cref="EngineException">The body is damaged (354, 476), ends early (210) or stands still (209).</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken aborted)
    {
        int length = 0;
        while (length < buffer.Length)
        {
            int read = await ReadOnceAsync(buffer[length..], aborted);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return length;
    }

    public ValueTask DisposeAsync() => _encoding.Length == 0 ? ValueTask.CompletedTask : _stream.DisposeAsync();

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken aborted)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        idle.CancelAfter(IdleLimit);
        try
        {
            return await _stream.ReadAsync(buffer, idle.Token);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw new EngineException(ErrorCode.SocketTimeout, $"No data arrived for {IdleLimit.TotalSeconds} s although the request had not ended.");
        }
        catch (BadHttpRequestException failure)
        {
            throw new EngineException(ErrorCode.NetworkError, $"The request body ended early: {failure.Message}");
        }
        catch (Exception failure) when (failure is InvalidDataException or InvalidOperationException && _encoding == "br")
        {
            throw new EngineException(ErrorCode.BrotliReadFailed, $"The br body is damaged or ends early: {failure.Message}");
        }
        catch (InvalidDataException failure)
        {
            throw new EngineException(ErrorCode.ZlibInflateFailed, $"The {_encoding} body is damaged or ends early: {failure.Message}");
        }
    }
}
