using System.Buffers;

namespace MeshInsight.Contracts.Tests.Otlp;

/// <summary>Sequences as pipes give them.</summary>
internal static class Bytes
{
    public static ReadOnlySequence<byte> Whole(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>The same bytes in pieces of random size, empty ones included.</summary>
    public static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> bytes, Random random)
    {
        var first = new Segment(ReadOnlyMemory<byte>.Empty, 0);
        var last = first;
        while (!bytes.IsEmpty)
        {
            int size = Math.Min(bytes.Length, random.Next(0, 1 + (bytes.Length / 3) + 2));
            last = last.Append(bytes[..size]);
            bytes = bytes[size..];
        }

        return new(first, 0, last, last.Memory.Length);
    }

    /// <summary>A few bytes changed and perhaps the end cut off.</summary>
    public static byte[] Damage(byte[] bytes, Random random)
    {
        for (int damage = random.Next(1, 4); damage > 0; damage--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes[..random.Next(bytes.Length / 2, bytes.Length + 1)];
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long start)
        {
            Memory = memory;
            RunningIndex = start;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
