using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using MeshInsight.Proxy.Relay;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Proxy.Accept;

/// <summary>
/// Reads the head of a CONNECT request from the start of an HTTP/1.1 connection (RFC 9112 section 3.2.3):
/// <code>
/// CONNECT api.example.com:443 HTTP/1.1 | CR LF | (name ":" value CR LF)* | CR LF
/// </code>
/// As strict as Kestrel is with other requests: two parsers must not find two ends of one head.
/// </summary>
internal static class ConnectHead
{
    private const int MaxHost = 253;

    private static readonly SearchValues<char> HostCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
    private static readonly SearchValues<char> LiteralCharacters = SearchValues.Create("0123456789abcdefABCDEF:.");
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");

    private static ReadOnlySpan<byte> Method => "CONNECT "u8;

    /// <summary>Whether that is what comes. Waits for as many bytes as it takes, and consumes none.</summary>
    public static async ValueTask<bool> IsNextAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            bool mayBe = Starts(read.Buffer);
            bool needsMore = mayBe && read.Buffer.Length < Method.Length && !read.IsCompleted;
            // What is marked as seen makes the next read wait for more.
            input.AdvanceTo(read.Buffer.Start, needsMore ? read.Buffer.End : read.Buffer.Start);
            if (!needsMore)
            {
                return mayBe && read.Buffer.Length >= Method.Length;
            }
        }
    }

    /// <summary>Consumes the head.</summary>
    /// <exception cref="IOException">The client left before its end.</exception>
    public static async ValueTask<ConnectRequest> ReadAsync(PipeReader input, CancellationToken cancellation) =>
        await HttpHead.ReadAsync(input, cancellation) is { } lines ? Parse(lines) : ConnectRequest.Wrong($"the head of the request is longer than {HttpHead.MaxLength} bytes");

    private static bool Starts(in ReadOnlySequence<byte> start)
    {
        Span<byte> head = stackalloc byte[Method.Length];
        head = head[..(int)Math.Min(head.Length, start.Length)];
        start.Slice(0, head.Length).CopyTo(head);
        return Method.StartsWith(head);
    }

    private static ConnectRequest Parse(string[] lines)
    {
        if (lines[0].Split(' ') is not [_, var target, "HTTP/1.1" or "HTTP/1.0"])
        {
            return ConnectRequest.Wrong("the first line is not \"CONNECT host:port HTTP/1.1\"");
        }

        if (!TryParseTarget(target, out string host, out int port))
        {
            return ConnectRequest.Wrong("the target of CONNECT is not host:port");
        }

        var headers = new HeaderDictionary();
        foreach (string line in lines.AsSpan(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAnyExcept(NameCharacters) || line.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
            {
                return ConnectRequest.Wrong("a header line is not \"name: value\"");
            }

            // Empty ones, too, which Append would leave out.
            string name = line[..colon];
            headers[name] = StringValues.Concat(headers[name], line[(colon + 1)..].Trim(' ', '\t'));
        }

        // It has no content; whoever says otherwise means bytes to be skipped that the other end would get.
        return headers.ContainsKey("Transfer-Encoding") || (headers.TryGetValue("Content-Length", out var length) && length != "0")
            ? ConnectRequest.Wrong("CONNECT has no content, but Content-Length or Transfer-Encoding announces some")
            : new(host, port, headers);
    }

    private static bool TryParseTarget(string target, out string host, out int port)
    {
        int colon = target.LastIndexOf(':');
        (host, port) = (colon > 0 ? target[..colon] : "", 0);
        // .NET's own parsers take more than the field's grammar has: a port with NULs after it, an address within brackets of its own.
        if (colon <= 0 || target.AsSpan(colon + 1).ContainsAnyExceptInRange('0', '9') || !ushort.TryParse(target.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) || number == 0)
        {
            return false;
        }

        port = number;
        if (host is ['[', .. var literal, ']'])
        {
            host = literal;
            return !literal.AsSpan().ContainsAnyExcept(LiteralCharacters) && IPAddress.TryParse(literal, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        }

        host = host.TrimEnd('.');
        return host.Length is > 0 and <= MaxHost && !host.AsSpan().ContainsAnyExcept(HostCharacters);
    }
}
