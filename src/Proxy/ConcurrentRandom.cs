using System.Buffers.Binary;

namespace MeshInsight.Proxy;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014) behind <see cref="Random"/>: any number of
/// threads draw from one sequence without a lock, and a seed repeats it.
/// </summary>
internal sealed class ConcurrentRandom(ulong seed) : Random
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    public override int Next() => (int)(NextBits() % int.MaxValue);

    // The bias of the product is below 2^-32 for any bound of int.
    public override int Next(int maxValue) => (int)(((NextBits() >> 32) * (ulong)(uint)maxValue) >> 32);

    public override int Next(int minValue, int maxValue) => minValue + Next(maxValue - minValue);

    public override long NextInt64() => (long)(NextBits() >> 1);

    public override double NextDouble() => Sample();

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    public override void NextBytes(Span<byte> buffer)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        while (!buffer.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, NextBits());
            int take = Math.Min(word.Length, buffer.Length);
            word[..take].CopyTo(buffer);
            buffer = buffer[take..];
        }
    }

    protected override double Sample() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    private ulong NextBits()
    {
        ulong bits = Interlocked.Add(ref _state, Gamma);
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
