using System.Text;

namespace MeshInsight.Contracts.Tests.Otlp.Fuzz;

/// <summary>Damages bytes in the ways that break decoders: lengths that lie, values at the edges of their types, nesting, floods of empty messages, parts of other requests. Not thread-safe.</summary>
internal sealed class PayloadMutator
{
    private const int Capacity = 64 << 10;
    private const int LongestFlood = 8 << 10;

    private static readonly byte[][] s_protobuf =
    [
        [0x00], [0x01], [0x7F], [0x80], [0xFF],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], // varint of 2^64 - 1
        [0xFF, 0xFF, 0xFF, 0xFF, 0x07], // 2^31 - 1
        [0x80, 0x80, 0x80, 0x80, 0x08], // 2^31
        [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], // never ends
        [0x0A, 0x00], [0x12, 0x00], [0x4A, 0x00], [0x5A, 0x00], [0x6A, 0x00], // empty messages
        [0x0B], [0x0C], // groups, which nobody sends any more
        [0xF8, 0xFF, 0xFF, 0xFF, 0x0F, 0x00], // the highest field number
        [0x2A, 0x7F, 0x0A, 0x7D, 0x2A, 0x7B], // arrays in arrays
    ];

    private static readonly byte[][] s_json =
    [
        .. new[]
        {
            "\"", "\\", "\\u", "\\ud800", "\\ud800\\u0041", "\\u0000", "[", "]", "{", "}", ",", ":", "null", "true", "[]", "{}", "{},", "[[[[[[[[", "-", "-0", "1e400", "0.", "00",
            "9223372036854775808", "18446744073709551616", "\"NaN\"", "\"-Infinity\"", "\"traceId\":\"\",", "\"spans\":[{}],", "\"attributes\":[{}],", "{\"arrayValue\":{\"values\":[",
            "{\"kvlistValue\":{\"values\":[{\"key\":\"\",\"value\":", "/*", "\u00e9", "\ufeff",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F],
    ];

    private readonly byte[] _bytes = new byte[Capacity];
    private int _length;

    /// <returns>Valid until the next call.</returns>
    public ReadOnlyMemory<byte> Mutate(FuzzSeed seed, ReadOnlySpan<byte> other, Random random)
    {
        _length = Math.Min(seed.Bytes.Length, Capacity);
        seed.Bytes.AsSpan(0, _length).CopyTo(_bytes);
        var tokens = seed.IsJson ? s_json : s_protobuf;
        for (int steps = 1 + random.Next(1 + random.Next(6)); steps > 0; steps--)
        {
            Step(tokens[random.Next(tokens.Length)], other, random);
        }

        return _bytes.AsMemory(0, _length);
    }

    private void Step(byte[] token, ReadOnlySpan<byte> other, Random random)
    {
        int at = random.Next(_length + 1);
        switch (random.Next(9))
        {
            case 0 when at < _length:
                _bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < _length:
                _bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                token.AsSpan(0, Math.Min(token.Length, _length - at)).CopyTo(_bytes.AsSpan(at));
                break;
            case 3:
                Insert(at, token);
                break;
            case 4:
                Remove(at, random.Next(1 + Math.Min(64, _length - at)));
                break;
            case 5:
                Insert(at, _bytes.AsSpan(at, random.Next(1 + Math.Min(512, _length - at))).ToArray());
                break;
            case 6 when other.Length > 0:
                int from = random.Next(other.Length);
                Insert(at, other.Slice(from, random.Next(1 + Math.Min(512, other.Length - from))));
                break;
            case 7 when random.Next(4) == 0:
                Flood(at, token, random.Next(LongestFlood / token.Length));
                break;
            default:
                _length = random.Next(4) == 0 ? at : _length;
                break;
        }
    }

    private void Flood(int at, byte[] token, int times)
    {
        byte[] flood = new byte[token.Length * times];
        for (int i = 0; i < times; i++)
        {
            token.CopyTo(flood.AsSpan(i * token.Length));
        }

        Insert(at, flood);
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, Capacity - _length)];
        _bytes.AsSpan(at, _length - at).CopyTo(_bytes.AsSpan(at + bytes.Length));
        bytes.CopyTo(_bytes.AsSpan(at));
        _length += bytes.Length;
    }

    private void Remove(int at, int count)
    {
        _bytes.AsSpan(at + count, _length - at - count).CopyTo(_bytes.AsSpan(at));
        _length -= count;
    }
}
