using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Testing;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Proxy.Tests.Accept;

/// <summary>Whatever clients send instead of the head of a CONNECT request, and however it arrives.</summary>
public sealed partial class ConnectHeadTests
{
    private const int MaxLength = 16 * 1024;
    private const string End = "\r\n\r\n";

    private static readonly string[] Targets =
        ["db.mesh:5432", "API.example.com.:443", "10.1.2.3:65535", "[2001:db8::1]:443", "[::ffff:10.0.0.1]:00080", "a_b-c:1", "db:65536", "db:0", "db", ":443", "[10.0.0.1]:1", "[db]:1", "...:1"];

    private static readonly string[] Lines = ["Host: db.mesh", "x-trace:\t1 ", "Proxy-Authorization: Basic xyz", "X-TRACE: 2", "empty:", "Content-Length: 0", "content-length: 7", "Transfer-Encoding: chunked"];

    private static readonly string[] Pieces = ["\r", "\n", "\r\n", End, "\0", " ", "\t", ":", "[", "]", "[::1]", "%", ".", "\u00e9", "HTTP/1.1", "\r\n folded", "443"];

    [Fact]
    public void Head_HoweverMutatedAndSplit_ReadsAsTheReferenceSays_AndNotAByteFurther() => Property.ForAll(20_000, random =>
    {
        string text = Mutated(random, Head(random));
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        Check(random, bytes, text);
    });

    [Theory]
    [InlineData(MaxLength - 1, true)]
    [InlineData(MaxLength, true)]
    [InlineData(MaxLength + 1, false)]
    [InlineData(2 * MaxLength, false)]
    public void Head_AsLongAsIsTaken_IsTaken_AndNoLonger_HoweverSplit(int length, bool isTaken) => Property.ForAll(50, random =>
    {
        const string Start = "CONNECT db.mesh:5432 HTTP/1.1\r\nx: ";
        byte[] bytes = Encoding.Latin1.GetBytes(Start + new string('y', length - Start.Length) + End);

        var (request, rest) = SplitReads.Run(random, bytes, input => ConnectHead.ReadAsync(input, default).AsTask());

        Assert.Equal(isTaken ? "" : "the head of the request is longer than 16384 bytes", request.Problem);
        Assert.True(!isTaken || rest.Length == 0);
    });

    private static void Check(Random random, byte[] bytes, string text)
    {
        var (isNext, unread) = SplitReads.Run(random, bytes, input => ConnectHead.IsNextAsync(input, default).AsTask());
        Assert.Equal(text.StartsWith("CONNECT ", StringComparison.Ordinal), isNext);
        Assert.Equal(bytes, unread);
        if (!isNext)
        {
            return;
        }

        var (request, rest) = SplitReads.Run(random, bytes, async input =>
        {
            try
            {
                return await ConnectHead.ReadAsync(input, default);
            }
            catch (IOException)
            {
                return null;
            }
        });
        int end = text.IndexOf(End, StringComparison.Ordinal);
        Assert.Equal(end < 0, request is null);
        Assert.Equal(bytes[(end < 0 ? 0 : end + End.Length)..], rest);
        if (request is null)
        {
            return;
        }

        if (Reference(text[..end]) is not { } expected)
        {
            Assert.NotEqual("", request.Problem);
            return;
        }

        Assert.Equal(("", expected.Host, expected.Port), (request.Problem, request.Host, request.Port));
        Assert.Equal(expected.Headers.Count, request.Headers.Count);
        Assert.All(expected.Headers, h => Assert.Equal(h.Value, request.Headers[h.Key]));
    }

    // RFC 9112 sections 3.2.3 and 5, of HTTP/1.0 and 1.1, and only what has no content.
    private static (string Host, int Port, Dictionary<string, StringValues> Headers)? Reference(string head)
    {
        var match = Grammar().Match(head);
        string name = match.Groups["name"].Value;
        string literal = match.Groups["v6"].Value;
        if (!match.Success
            || int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture) is not (> 0 and < 65536 and var port)
            || (literal.Length > 0 ? !IPAddress.TryParse(literal, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6 : name.Length > 253))
        {
            return null;
        }

        var headers = match.Groups["header"].Captures.Zip(match.Groups["value"].Captures, (h, v) => (h.Value, Text: v.Value.Trim(' ', '\t')))
            .GroupBy(h => h.Value, h => h.Text, StringComparer.OrdinalIgnoreCase).ToDictionary(h => h.Key, h => new StringValues([.. h]), StringComparer.OrdinalIgnoreCase);
        bool hasContent = headers.ContainsKey("Transfer-Encoding") || (headers.TryGetValue("Content-Length", out var length) && length != "0");
        return hasContent ? null : (literal.Length > 0 ? literal : name, port, headers);
    }

    private static string Head(Random random)
    {
        string lines = string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Lines[random.Next(random.Next(2) == 0 ? 5 : Lines.Length)] + "\r\n"));
        return $"CONNECT {Targets[random.Next(random.Next(4) == 0 ? Targets.Length : 6)]} HTTP/1.{random.Next(2)}\r\n{lines}\r\n{(random.Next(2) == 0 ? "" : "what follows\r\n\r\nis another's")}";
    }

    private static string Mutated(Random random, string text)
    {
        for (int changes = random.Next(4); changes > 0 && text.Length > 0; changes--)
        {
            int at = random.Next(text.Length);
            int length = random.Next(3) == 0 ? random.Next(Math.Min(20, text.Length - at)) : 0;
            text = random.Next(6) switch
            {
                0 => text.Remove(at, 1),
                1 => text[..at] + (char)random.Next(256) + text[(at + 1)..],
                2 => text.Insert(at, text.Substring(at, length)),
                3 => text[..at],
                _ => text.Remove(at, length).Insert(at, Pieces[random.Next(Pieces.Length)]),
            };
        }

        return text;
    }

    [GeneratedRegex(@"\ACONNECT (?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<name>[0-9A-Za-z._-]*[0-9A-Za-z_-])\.*):0*(?<port>[0-9]{1,5}) HTTP/1\.[01](?:\r\n(?<header>[!#$%&'*+.^_`|~0-9A-Za-z-]+):(?<value>[^\r\n\0]*))*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Grammar();
}
