using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using MeshInsight.Proxy.Identity;

namespace MeshInsight.Proxy.Accept;

/// <summary>What a TLS client says of the connection that it wants.</summary>
/// <param name="ServerName">In lower case; empty when the client named none.</param>
/// <param name="OffersMeshBytes">Whether it is a sidecar that brings an app's bytes.</param>
internal readonly record struct HelloFacts(string ServerName, bool OffersMeshBytes);

/// <summary>
/// The server name and protocols of a TLS connection's first message (RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 7301 section 3.1), read without consuming it:
/// <code>
/// record:       16 03 xx | length 2 | …                                        the message may lie in several records
/// handshake:    01 | length 3 | version 2 | random 32 | session id ..1 | cipher suites ..2 | compression ..1 | extensions ..2
/// extension 0:  0000 | length 2 | list length 2 | 00 | name length 2 | name
/// extension 16: 0010 | length 2 | list length 2 | (name length 1 | name) …
/// </code>
/// </summary>
internal static class ClientHello
{
    private const byte HandshakeRecord = 0x16;
    private const byte MajorVersion = 3;
    private const byte ClientHelloMessage = 1;
    private const int RecordHeader = 5;
    private const int MessageHeader = 4;
    private const int VersionAndRandom = 34;
    private const int ServerNameExtension = 0;
    private const int ProtocolsExtension = 16;

    // Post-quantum key shares make hellos of some 2 KB; nobody sends one of this size.
    private const int MaxLength = 32 * 1024;

    /// <exception cref="IOException">The client sent something else, or left.</exception>
    public static async ValueTask<HelloFacts> ReadAsync(PipeReader input, CancellationToken cancellation) =>
        await TryReadAsync(input, cancellation) ?? throw new IOException("The connection did not begin with a whole TLS ClientHello.");

    /// <returns>Null when the client sent something else, or left.</returns>
    public static async ValueTask<HelloFacts?> TryReadAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var status = TryRead(read.Buffer, out var facts);
            bool needsMore = status == OperationStatus.NeedMoreData && !read.IsCompleted;
            input.AdvanceTo(read.Buffer.Start, needsMore ? read.Buffer.End : read.Buffer.Start);
            if (!needsMore)
            {
                return status == OperationStatus.Done ? facts : null;
            }
        }
    }

    public static OperationStatus TryRead(in ReadOnlySequence<byte> start, out HelloFacts facts)
    {
        facts = default;
        byte[] message = ArrayPool<byte>.Shared.Rent(MaxLength);
        try
        {
            var status = Gather(start, message, out int length);
            return status != OperationStatus.Done ? status
                : TryParse(message.AsSpan(MessageHeader, length - MessageHeader), out facts) ? OperationStatus.Done
                : OperationStatus.InvalidData;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    // Joins the records' contents until the message is whole.
    private static OperationStatus Gather(in ReadOnlySequence<byte> start, byte[] message, out int length)
    {
        length = 0;
        var left = start;
        Span<byte> header = stackalloc byte[RecordHeader];
        while (left.Length >= RecordHeader)
        {
            left.Slice(0, RecordHeader).CopyTo(header);
            int size = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
            if (header[0] != HandshakeRecord || header[1] != MajorVersion || size == 0 || length + size > MaxLength)
            {
                return OperationStatus.InvalidData;
            }

            left = left.Slice(RecordHeader);
            int take = (int)Math.Min(size, left.Length);
            left.Slice(0, take).CopyTo(message.AsSpan(length));
            left = left.Slice(take);
            length += take;
            if (length >= 1 && message[0] != ClientHelloMessage)
            {
                return OperationStatus.InvalidData;
            }

            if (length >= MessageHeader && MessageHeader + ((message[1] << 16) | (message[2] << 8) | message[3]) is var whole)
            {
                if (whole > MaxLength)
                {
                    return OperationStatus.InvalidData;
                }

                if (length >= whole)
                {
                    length = whole;
                    return OperationStatus.Done;
                }
            }
        }

        // What is no handshake is known by its first byte.
        return left.IsEmpty || left.FirstSpan.IsEmpty || left.FirstSpan[0] == HandshakeRecord || length > 0 ? OperationStatus.NeedMoreData : OperationStatus.InvalidData;
    }

    private static bool TryParse(ReadOnlySpan<byte> body, out HelloFacts facts)
    {
        facts = new("", false);
        if (body.Length < VersionAndRandom)
        {
            return false;
        }

        body = body[VersionAndRandom..];
        if (!TryTake(ref body, 1, out _) || !TryTake(ref body, 2, out _) || !TryTake(ref body, 1, out _))
        {
            return false;
        }

        // Without extensions there is no name.
        if (!TryTake(ref body, 2, out var extensions))
        {
            return body.IsEmpty;
        }

        while (extensions.Length >= 2)
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTake(ref extensions, 2, out var content))
            {
                return false;
            }

            if (type == ServerNameExtension)
            {
                if (!TryParseName(content, out string serverName))
                {
                    return false;
                }

                facts = facts with { ServerName = serverName };
            }
            else if (type == ProtocolsExtension)
            {
                facts = facts with { OffersMeshBytes = Offers(content, MeshAlpn.Bytes.Protocol.Span) };
            }
        }

        return extensions.IsEmpty;
    }

    private static bool Offers(ReadOnlySpan<byte> content, ReadOnlySpan<byte> wanted)
    {
        TryTake(ref content, 2, out var list);
        while (TryTake(ref list, 1, out var protocol))
        {
            if (protocol.SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryParseName(ReadOnlySpan<byte> content, out string serverName)
    {
        serverName = "";
        if (!TryTake(ref content, 2, out var list) || list.IsEmpty || list[0] != 0)
        {
            return false;
        }

        list = list[1..];
        if (!TryTake(ref list, 2, out var name) || !Ascii.IsValid(name))
        {
            return false;
        }

        serverName = Encoding.ASCII.GetString(name).TrimEnd('.').ToLowerInvariant();
        return true;
    }

    // A vector: its length in so many bytes, then itself.
    private static bool TryTake(ref ReadOnlySpan<byte> from, int lengthBytes, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (from.Length < lengthBytes)
        {
            return false;
        }

        int length = lengthBytes == 1 ? from[0] : BinaryPrimitives.ReadUInt16BigEndian(from);
        if (from.Length - lengthBytes < length)
        {
            return false;
        }

        taken = from.Slice(lengthBytes, length);
        from = from[(lengthBytes + length)..];
        return true;
    }
}
