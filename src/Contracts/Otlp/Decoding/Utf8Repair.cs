using System.Text;
using System.Text.Unicode;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Contracts.Otlp.Decoding;

/// <summary>Takes text from a peer into a batch. Bytes that are no UTF-8 become U+FFFD: one bad label must not cost the request, nor break whoever reads it later.</summary>
internal static class Utf8Repair
{
    public static TextRef AddRepaired(this TextHeap heap, ReadOnlySpan<byte> text) => Utf8.IsValid(text) ? heap.Add(text) : heap.Add(Repair(text));

    public static int AddRepaired(this SymbolTable symbols, ReadOnlySpan<byte> text) => Utf8.IsValid(text) ? symbols.Add(text) : symbols.Add(Repair(text));

    public static string Repair(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
