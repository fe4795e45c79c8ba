using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using MeshInsight.Grpc.Failures;

namespace MeshInsight.Grpc.Framing;

/// <summary>
/// One message on the wire:
/// <code>
/// +------------+-----------------------------+----------------+
/// | 1 byte     | 4 bytes, big-endian         | length bytes   |
/// | 1: gzipped | length of what follows      | message        |
/// +------------+-----------------------------+----------------+
/// </code>
/// </summary>
internal static class MessageFrame
{
    public const int HeaderBytes = 5;

    public enum Part
    {
        /// <summary>More bytes are needed.</summary>
        Incomplete,
        Whole,
    }

    /// <summary>Cuts the first message off the buffer. The limit is checked as soon as the header is there, before anyone waits for the rest.</summary>
    /// <exception cref="GrpcException">The header is impossible, or the message is larger than the limit.</exception>
    public static Part Read(ref ReadOnlySequence<byte> buffer, int limitBytes, out bool compressed, out ReadOnlySequence<byte> payload)
    {
        compressed = false;
        payload = default;
        if (buffer.Length < HeaderBytes)
        {
            return Part.Incomplete;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        if (header[0] > 1)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"A message starts with byte {header[0]}; only 0 (plain) and 1 (compressed) are known.");
        }

        compressed = header[0] == 1;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (length > limitBytes)
        {
            throw TooLarge(length, limitBytes);
        }

        if (buffer.Length < HeaderBytes + length)
        {
            return Part.Incomplete;
        }

        payload = buffer.Slice(HeaderBytes, length);
        buffer = buffer.Slice(HeaderBytes + length);
        return Part.Whole;
    }

    public static GrpcException TooLarge(long bytes, int limitBytes) =>
        new(GrpcStatusCode.ResourceExhausted, $"Received message of {bytes} bytes is larger than the limit of {limitBytes}.");

    public static void WriteHeader(IBufferWriter<byte> writer, bool compressed, int length)
    {
        var header = writer.GetSpan(HeaderBytes);
        FillHeader(header, compressed, length);
        writer.Advance(HeaderBytes);
    }

    /// <summary>Appends the whole frame of a message.</summary>
    public static void Write(PooledBuffer frame, IMessage message, bool gzip)
    {
        int size = message.CalculateSize();
        if (!gzip)
        {
            WriteHeader(frame, compressed: false, size);
            message.WriteTo(frame.GetSpan(size)[..size]);
            frame.Advance(size);
            return;
        }

        using var plain = new PooledBuffer(size);
        message.WriteTo(plain.GetSpan(size)[..size]);
        plain.Advance(size);
        WriteCompressed(frame, plain.WrittenSpan);
    }

    /// <summary>Appends the whole frame of a message that somebody else serialised.</summary>
    public static void Write(PooledBuffer frame, ReadOnlySequence<byte> payload, bool gzip)
    {
        int size = checked((int)payload.Length);
        if (!gzip)
        {
            WriteHeader(frame, compressed: false, size);
            payload.CopyTo(frame.GetSpan(size));
            frame.Advance(size);
        }
        else if (payload.IsSingleSegment)
        {
            WriteCompressed(frame, payload.FirstSpan);
        }
        else
        {
            using var plain = new PooledBuffer(size);
            payload.CopyTo(plain.GetSpan(size));
            plain.Advance(size);
            WriteCompressed(frame, plain.WrittenSpan);
        }
    }

    private static void WriteCompressed(PooledBuffer frame, ReadOnlySpan<byte> plain)
    {
        int start = frame.Length;
        WriteHeader(frame, compressed: true, 0);
        BoundedGzip.Deflate(plain, frame);
        FillHeader(frame.WrittenBytes[start..], compressed: true, frame.Length - start - HeaderBytes);
    }

    private static void FillHeader(Span<byte> header, bool compressed, int length)
    {
        header[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
    }
}
