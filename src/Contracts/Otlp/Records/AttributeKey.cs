using System.Text;

namespace MeshInsight.Contracts.Otlp.Records;

/// <summary>The key of an attribute, encoded once: a KeyValue begins with it.</summary>
public sealed class AttributeKey
{
    // With the largest number as its value, a pair's length still takes one byte.
    private const int MaxBytes = 110;

    private readonly byte[] _encoded;

    public AttributeKey(string name)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxBytes, nameof(name));
        _encoded = new byte[2 + length];
        (_encoded[0], _encoded[1]) = (WireTag.KeyOfPair, (byte)length);
        Encoding.UTF8.GetBytes(name, _encoded.AsSpan(2));
    }

    /// <summary>The field of the key: tag, length, text.</summary>
    internal ReadOnlySpan<byte> Encoded => _encoded;
}
