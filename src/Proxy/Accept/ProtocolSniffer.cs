using System.Buffers;
using System.IO.Pipelines;

namespace MeshInsight.Proxy.Accept;

internal enum SniffVerdict
{
    NeedMore,
    Http1,
    Http2,
    Tls,
}

/// <summary>
/// Tells TLS, h2c and HTTP/1.1 apart by the first bytes of a connection (RFC 8446 section 5.1, RFC 9113 section 3.4):
/// <code>
/// 16 …                                handshake record
/// PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n    HTTP/2 preface
/// </code>
/// No HTTP/1.1 request starts with either: 0x16 is no token character, PRI is reserved for this.
/// </summary>
internal static class ProtocolSniffer
{
    public const byte HandshakeRecord = 0x16;

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n"u8;

    /// <summary>Waits for as many bytes as it takes, and consumes none.</summary>
    public static async ValueTask<SniffVerdict> SniffAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var verdict = Judge(read.Buffer);
            bool isDecided = verdict != SniffVerdict.NeedMore || read.IsCompleted;
            // What is marked as seen makes the next read wait for more.
            input.AdvanceTo(read.Buffer.Start, isDecided ? read.Buffer.Start : read.Buffer.End);
            if (isDecided)
            {
                return verdict;
            }
        }
    }

    public static SniffVerdict Judge(in ReadOnlySequence<byte> start)
    {
        Span<byte> head = stackalloc byte[Preface.Length];
        int length = (int)Math.Min(head.Length, start.Length);
        start.Slice(0, length).CopyTo(head);
        return length > 0 && head[0] == HandshakeRecord ? SniffVerdict.Tls
            : !head[..length].SequenceEqual(Preface[..length]) ? SniffVerdict.Http1
            : length == Preface.Length ? SniffVerdict.Http2
            : SniffVerdict.NeedMore;
    }
}
