using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace MeshInsight.Proxy.Relay;

/// <summary>The head of an HTTP/1.1 message that opens a tunnel (RFC 9112 section 2.1): up to its empty line, and not a byte more, since what follows is for others.</summary>
internal static class HttpHead
{
    public const int MaxLength = 16 * 1024;

    private static ReadOnlySpan<byte> End => "\r\n\r\n"u8;

    /// <returns>Its lines, without the empty one; null when it is longer than is taken.</returns>
    /// <exception cref="IOException">The other side left before its end.</exception>
    public static async ValueTask<string[]?> ReadAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            if (TryRead(read.Buffer, out string[]? lines, out var end))
            {
                input.AdvanceTo(end);
                return lines;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                throw new IOException("The other side left within the head of a message.");
            }
        }
    }

    // False while there is more to come.
    private static bool TryRead(in ReadOnlySequence<byte> start, out string[]? lines, out SequencePosition end)
    {
        var reader = new SequenceReader<byte>(start);
        if (reader.TryReadTo(out ReadOnlySequence<byte> head, End) && head.Length <= MaxLength)
        {
            (lines, end) = (Encoding.Latin1.GetString(head).Split("\r\n"), reader.Position);
            return true;
        }

        (lines, end) = (null, start.End);
        return start.Length >= MaxLength + End.Length;
    }
}
