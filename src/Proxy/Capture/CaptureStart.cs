using System.Buffers;

namespace MeshInsight.Proxy.Capture;

internal enum CaptureVerdict
{
    NeedMore,

    /// <summary>A request of HTTP/1.1, or the preface of HTTP/2.</summary>
    Http,
    Tls,

    /// <summary>Anything else.</summary>
    Bytes,
}

/// <summary>
/// Tells HTTP from anything else by a connection's first bytes: a method that is registered (RFC 9110 section 9, RFC 5789), a space, and the start of a target; or the
/// preface of HTTP/2, which looks like a method. Other protocols must not be taken for HTTP: they are relayed, HTTP is answered. CONNECT counts as another: it is for a
/// proxy of the app's own, and so is what follows.
/// </summary>
internal static class CaptureStart
{
    private const byte HandshakeRecord = 0x16;
    private const int LongestMethod = 8;

    private static readonly byte[][] Starts =
        [.. new[] { "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "TRACE ", "PATCH ", "PRI * HTTP/2.0\r\n" }.Select(System.Text.Encoding.ASCII.GetBytes)];

    public static CaptureVerdict Judge(in ReadOnlySequence<byte> start)
    {
        Span<byte> head = stackalloc byte[2 * LongestMethod];
        head = head[..(int)Math.Min(head.Length, start.Length)];
        start.Slice(0, head.Length).CopyTo(head);
        if (head.Length > 0 && head[0] == HandshakeRecord)
        {
            return CaptureVerdict.Tls;
        }

        var verdict = CaptureVerdict.Bytes;
        foreach (byte[] known in Starts)
        {
            if (head.StartsWith(known))
            {
                return CaptureVerdict.Http;
            }

            verdict = head.Length < known.Length && known.AsSpan().StartsWith(head) ? CaptureVerdict.NeedMore : verdict;
        }

        return verdict;
    }
}
