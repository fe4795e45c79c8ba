using System.Buffers;
using System.Buffers.Text;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Json;

/// <summary>Base64 straight into a batch's memory.</summary>
internal static class Base64Bytes
{
    /// <summary>Either alphabet, padded or not. False, with nothing added, when it is no base64.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, TextHeap heap, out TextRef bytes)
    {
        int start = heap.SizeBytes;
        var place = heap.Extend(Base64.GetMaxDecodedFromUtf8Length(text.Length) + 3);
        var status = Base64.DecodeFromUtf8(text, place, out _, out int written);
        if (status != OperationStatus.Done)
        {
            status = Base64Url.DecodeFromUtf8(text, place, out _, out written);
        }

        if (status != OperationStatus.Done)
        {
            status = DecodeUnpadded(text, place, out written);
        }

        heap.Truncate(status == OperationStatus.Done ? start + written : start);
        bytes = heap.From(start);
        return status == OperationStatus.Done;
    }

    // The classic alphabet without padding: the URL alphabet may go without, so translate into that one.
    private static OperationStatus DecodeUnpadded(ReadOnlySpan<byte> text, Span<byte> place, out int written)
    {
        byte[] translated = ArrayPool<byte>.Shared.Rent(text.Length);
        var copy = translated.AsSpan(0, text.Length);
        text.CopyTo(copy);
        copy.Replace((byte)'+', (byte)'-');
        copy.Replace((byte)'/', (byte)'_');
        var status = Base64Url.DecodeFromUtf8(copy, place, out _, out written);
        ArrayPool<byte>.Shared.Return(translated);
        return status;
    }
}
