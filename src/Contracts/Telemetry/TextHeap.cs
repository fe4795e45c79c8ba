using System.Buffers;
using System.Text;

namespace MeshInsight.Contracts.Telemetry;

/// <summary>A place in a <see cref="TextHeap"/>; valid only with the batch that owns the heap.</summary>
public readonly record struct TextRef(int Start, int Length)
{
    public bool IsEmpty => Length == 0;

    internal long Pack() => ((long)Start << 32) | (uint)Length;

    internal static TextRef Unpack(long bits) => new((int)(bits >> 32), (int)bits);
}

/// <summary>UTF-8 text of one batch, one piece after the other.</summary>
public sealed class TextHeap
{
    private readonly Column<byte> _bytes = new();

    public int SizeBytes => _bytes.Count;

    public ReadOnlySpan<byte> this[TextRef text] => _bytes.Span.Slice(text.Start, text.Length);

    public TextRef Add(ReadOnlySpan<byte> text)
    {
        var place = new TextRef(_bytes.Count, text.Length);
        _bytes.AddRange(text);
        return place;
    }

    public TextRef Add(in ReadOnlySequence<byte> text)
    {
        var place = new TextRef(_bytes.Count, checked((int)text.Length));
        text.CopyTo(_bytes.Extend(place.Length));
        return place;
    }

    public TextRef Add(ReadOnlySpan<char> text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        var place = new TextRef(_bytes.Count, length);
        Encoding.UTF8.GetBytes(text, _bytes.Extend(length));
        return place;
    }

    /// <summary>The text added since <see cref="SizeBytes"/> was <paramref name="start"/>.</summary>
    internal TextRef From(int start) => new(start, _bytes.Count - start);

    /// <summary>Appends bytes of undefined content and returns the place to write them.</summary>
    internal Span<byte> Extend(int count) => _bytes.Extend(count);

    /// <summary>Forgets all text from <paramref name="size"/> on.</summary>
    internal void Truncate(int size) => _bytes.Truncate(size);

    public string GetString(TextRef text) => Encoding.UTF8.GetString(this[text]);

    public void Clear() => _bytes.Clear();
}
