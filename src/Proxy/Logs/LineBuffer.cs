using System.Buffers;
using System.Net;
using System.Text;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Logs;

/// <summary>
/// A line in UTF-8, in memory that is used again. Texts are cut at <see cref="MaxTextLength"/> characters and escaped as in JSON (RFC 8259), so that no header can end a
/// line or a quotation. Not thread-safe.
/// </summary>
internal sealed class LineBuffer
{
    public const int MaxTextLength = 1024;

    // The longest escape is \u001f.
    private const int MaxBytesPerCharacter = 6;
    private const int MaxValueBytes = 64;

    private static readonly SearchValues<char> NeedsEscape = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\']);

    private byte[] _bytes = new byte[2048];

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public int Length { get; private set; }

    public void Clear() => Length = 0;

    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    public void Text(ReadOnlySpan<char> text)
    {
        text = text.Length > MaxTextLength ? text[..MaxTextLength] : text;
        var room = Room(text.Length * MaxBytesPerCharacter);
        Length += text.ContainsAny(NeedsEscape) ? Escape(text, room) : Encoding.UTF8.GetBytes(text, room);
    }

    public void Number(long value)
    {
        value.TryFormat(Room(MaxValueBytes), out int written);
        Length += written;
    }

    /// <summary>RFC 3339 in UTC.</summary>
    public void Time(DateTime utc)
    {
        utc.TryFormat(Room(MaxValueBytes), out int written, "O");
        Length += written;
    }

    public void Address(IPAddress address, int port)
    {
        address.TryFormat(Room(MaxValueBytes), out int written);
        Length += written;
        Raw(":"u8);
        Number(port);
    }

    /// <summary>32 hex digits.</summary>
    public void Id(TraceId id)
    {
        id.WriteHex(Room(2 * TraceId.SizeBytes));
        Length += 2 * TraceId.SizeBytes;
    }

    private static int Escape(ReadOnlySpan<char> text, Span<byte> room)
    {
        int written = 0;
        while (!text.IsEmpty)
        {
            int clean = text.IndexOfAny(NeedsEscape);
            var plain = clean < 0 ? text : text[..clean];
            written += Encoding.UTF8.GetBytes(plain, room[written..]);
            text = text[plain.Length..];
            if (!text.IsEmpty)
            {
                written += EscapeOne(text[0], room[written..]);
                text = text[1..];
            }
        }

        return written;
    }

    private static int EscapeOne(char c, Span<byte> room)
    {
        if (c is '"' or '\\')
        {
            room[0] = (byte)'\\';
            room[1] = (byte)c;
            return 2;
        }

        "\\u00"u8.CopyTo(room);
        ((int)c).TryFormat(room[4..], out _, "x2");
        return MaxBytesPerCharacter;
    }

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - Length < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        }

        return _bytes.AsSpan(Length);
    }
}
