using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using MeshInsight.EmbeddedClickHouse.Engine;
using MeshInsight.EmbeddedClickHouse.Statements;
using Microsoft.Net.Http.Headers;

namespace MeshInsight.EmbeddedClickHouse.Http;

/// <summary>Writes a statement's answer with ClickHouse's headers; knows how to end one that failed half way.</summary>
internal sealed class Answer(HttpContext context, bool compress)
{
    private const string Marker = "__exception__";
    private const int TagLength = 16;

    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly string _tag = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz", TagLength);
    private Stream? _stream;

    /// <summary>Sends the headers; what follows can only be told inside the body.</summary>
    public Stream Begin(OutputFormat format, EngineStatistics statistics)
    {
        var headers = context.Response.Headers;
        headers["X-ClickHouse-Format"] = format.Name;
        headers["X-ClickHouse-Summary"] = Summary(statistics);
        headers["X-ClickHouse-Exception-Tag"] = _tag;
        context.Response.ContentType = format.ContentType;
        return _stream = Encode(context.Response.Body);
    }

    /// <summary>For statements that answer nothing.</summary>
    public void Empty(EngineStatistics statistics)
    {
        context.Response.Headers["X-ClickHouse-Summary"] = Summary(statistics);
        context.Response.ContentLength = 0;
    }

    public ValueTask EndAsync() => _stream is null || ReferenceEquals(_stream, context.Response.Body) ? ValueTask.CompletedTask : _stream.DisposeAsync();

    /// <summary>
    /// Puts the error behind the rows that were sent already, as ClickHouse does since 25.11, and breaks the connection off: a client that does not
    /// know the marker still sees that the answer is not whole.
    /// </summary>
    /// <exception cref="BrokenAnswerException">Always; the server then closes without the last chunk.</exception>
    public async Task BreakAsync(string message)
    {
        string text = message + "\n";
        string tail = string.Create(
            CultureInfo.InvariantCulture, $"\r\n{Marker}\r\n{_tag}\r\n{text}{Encoding.UTF8.GetByteCount(text)} {_tag}\r\n{Marker}\r\n");
        await _stream!.WriteAsync(Encoding.UTF8.GetBytes(tail), context.RequestAborted);
        await EndAsync();
        throw new BrokenAnswerException();
    }

    private Stream Encode(Stream body)
    {
        if (!compress)
        {
            return body;
        }

        string? encoding = Acceptable(context.Request);
        if (encoding is null)
        {
            return body;
        }

        context.Response.Headers.ContentEncoding = encoding;
        return encoding switch
        {
            "br" => new BrotliStream(body, CompressionLevel.Fastest, leaveOpen: true),
            "gzip" => new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(body, CompressionLevel.Fastest, leaveOpen: true),
        };
    }

    private static string? Acceptable(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
        {
            return null;
        }

        string[] wanted = ["br", "gzip", "deflate"];
        return wanted.FirstOrDefault(name => accepted.Any(a => a.Quality is not 0 && a.Value.Equals(name, StringComparison.OrdinalIgnoreCase)));
    }

    private string Summary(EngineStatistics s)
    {
        long elapsed = (long)Stopwatch.GetElapsedTime(_started).TotalNanoseconds;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"read_rows\":\"{s.StorageRows}\",\"read_bytes\":\"{s.StorageBytes}\",\"written_rows\":\"{s.WrittenRows}\",\"written_bytes\":\"{s.WrittenBytes}\",\"total_rows_to_read\":\"0\",\"result_rows\":\"{s.ResultRows}\",\"result_bytes\":\"{s.ResultBytes}\",\"elapsed_ns\":\"{elapsed}\"}}");
    }
}
