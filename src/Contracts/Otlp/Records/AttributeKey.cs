using System.Text;

namespace MeshInsight.Contracts.Otlp.Records;

/// <summary>The key of an attribute, encoded once: a KeyValue begins with it.</summary>
public sealed class AttributeKey
{
    // With the largest number as its value, a pair's length still takes one byte.
    private const int MaxBytes = 110;

    public AttributeKey(string name)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxBytes, nameof(name));
        byte[] encoded = new byte[2 + length];
        (encoded[0], encoded[1]) = (WireTag.KeyOfPair, (byte)length);
        Encoding.UTF8.GetBytes(name, encoded.AsSpan(2));
        Encoded = encoded;
        Name = name;
    }

    public string Name { get; }

    /// <summary>The field of the key: tag, length, text.</summary>
    internal ReadOnlyMemory<byte> Encoded { get; }
}
