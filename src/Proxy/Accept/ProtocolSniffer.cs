using System.Buffers;

namespace MeshInsight.Proxy.Accept;

internal enum SniffVerdict
{
    NeedMore,
    Http1,
    Http2,
}

/// <summary>
/// Tells h2c from HTTP/1.1 by the first bytes of a connection (RFC 9113 section 3.4):
/// <code>
/// PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
/// </code>
/// No HTTP/1.1 request starts so: PRI is reserved for this.
/// </summary>
internal static class ProtocolSniffer
{
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n"u8;

    public static SniffVerdict Judge(in ReadOnlySequence<byte> start)
    {
        Span<byte> head = stackalloc byte[Preface.Length];
        int length = (int)Math.Min(head.Length, start.Length);
        start.Slice(0, length).CopyTo(head);
        return !head[..length].SequenceEqual(Preface[..length]) ? SniffVerdict.Http1
            : length == Preface.Length ? SniffVerdict.Http2
            : SniffVerdict.NeedMore;
    }
}
