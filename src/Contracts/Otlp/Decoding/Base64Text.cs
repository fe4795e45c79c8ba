using System.Buffers.Text;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Decoding;

internal static class Base64Text
{
    /// <summary>Adds bytes as text, without quotes.</summary>
    public static TextRef Add(TextHeap heap, ReadOnlySpan<byte> bytes)
    {
        int start = heap.SizeBytes;
        Base64.EncodeToUtf8(bytes, heap.Extend(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out _);
        return heap.From(start);
    }
}
