using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace MeshInsight.Grpc.Framing;

public enum InflateOutcome
{
    Inflated,

    /// <summary>The content inflates to more than the limit; nothing past the limit was inflated.</summary>
    TooLarge,

    /// <summary>Not gzip, cut short, or its checksum does not match.</summary>
    Damaged,
}

/// <summary>Gzip whose inflated size has a limit, since a few kilobytes can hold gigabytes of zeros.</summary>
public static class BoundedGzip
{
    /// <summary>Ordinary telemetry shrinks by 4 to 12; more than this is not believed before it is seen.</summary>
    private const int BelievedRatio = 16;

    /// <summary>Header (10 bytes), one empty block, checksum and size (RFC 1952).</summary>
    private const int SmallestGzipBytes = 18;

    /// <param name="inflated">Appended to; holds at most <paramref name="limitBytes"/> + 1 bytes more afterwards, whatever the outcome.</param>
    /// <remarks>
    /// One gzip member per message. The size at its end (RFC 1952, ISIZE) is compared with what came out, because GZipStream takes content that is cut
    /// short for the end of the data; concatenated members, which no gRPC or OTLP client writes, are refused by the same check.
    /// </remarks>
    public static InflateOutcome Inflate(ReadOnlySequence<byte> compressed, int limitBytes, PooledBuffer inflated)
    {
        ArgumentNullException.ThrowIfNull(inflated);
        if (compressed.Length < SmallestGzipBytes)
        {
            return InflateOutcome.Damaged;
        }

        uint claimed = ReadClaimedSize(compressed);
        long believed = Math.Min(Math.Min(claimed, (long)limitBytes), compressed.Length * BelievedRatio);
        inflated.GetSpan((int)Math.Min(believed + 1, Array.MaxLength));
        long total = 0;
        try
        {
            using var gzip = new GZipStream(new SequenceStream(compressed), CompressionMode.Decompress);
            while (true)
            {
                var free = inflated.GetSpan(1);
                int room = (int)Math.Min(free.Length, (long)limitBytes + 1 - total);
                int count = gzip.Read(free[..room]);
                if (count == 0)
                {
                    return (uint)total == claimed ? InflateOutcome.Inflated : InflateOutcome.Damaged;
                }

                inflated.Advance(count);
                total += count;
                if (total > limitBytes)
                {
                    return InflateOutcome.TooLarge;
                }
            }
        }
        catch (InvalidDataException)
        {
            return InflateOutcome.Damaged;
        }
    }

    public static void Deflate(ReadOnlySpan<byte> plain, PooledBuffer compressed)
    {
        ArgumentNullException.ThrowIfNull(compressed);
        using var gzip = new GZipStream(new PooledBufferStream(compressed), CompressionLevel.Fastest);
        gzip.Write(plain);
    }

    private static uint ReadClaimedSize(ReadOnlySequence<byte> compressed)
    {
        Span<byte> size = stackalloc byte[sizeof(uint)];
        compressed.Slice(compressed.Length - sizeof(uint)).CopyTo(size);
        return BinaryPrimitives.ReadUInt32LittleEndian(size);
    }
}
