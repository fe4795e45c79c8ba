using System.Buffers;
using System.Net;
using System.Text;

namespace MeshInsight.Proxy.Observe;

/// <summary>One JSON object as a line (RFC 8259), in memory that is used again. Texts are cut at <see cref="MaxTextLength"/> characters; not thread-safe.</summary>
internal sealed class JsonLine
{
    public const int MaxTextLength = 1024;

    // The longest escape is \u001f.
    private const int MaxBytesPerCharacter = 6;
    private const int MaxPortDigits = 5;
    private const int MaxValueBytes = 64;

    private static readonly SearchValues<char> NeedsEscape = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\']);

    private byte[] _bytes = new byte[2048];
    private int _length;

    /// <summary>The object without a line end.</summary>
    public ReadOnlySpan<byte> Object => _bytes.AsSpan(0, _length);

    public void Begin()
    {
        _length = 0;
        Raw("{"u8);
    }

    public void End() => Raw("}"u8);

    public void Text(ReadOnlySpan<byte> name, string? value)
    {
        Key(name);
        if (string.IsNullOrEmpty(value))
        {
            Raw("null"u8);
            return;
        }

        var text = value.AsSpan(0, Math.Min(value.Length, MaxTextLength));
        var room = Room((text.Length * MaxBytesPerCharacter) + 2);
        room[0] = (byte)'"';
        int written = 1 + (text.ContainsAny(NeedsEscape) ? Escape(text, room[1..]) : Encoding.UTF8.GetBytes(text, room[1..]));
        room[written] = (byte)'"';
        _length += written + 1;
    }

    public void Number(ReadOnlySpan<byte> name, long value)
    {
        Key(name);
        value.TryFormat(Room(MaxValueBytes), out int written);
        _length += written;
    }

    /// <summary>RFC 3339 in UTC.</summary>
    public void Time(ReadOnlySpan<byte> name, DateTime utc)
    {
        Key(name);
        var room = Room(MaxValueBytes);
        room[0] = (byte)'"';
        utc.TryFormat(room[1..], out int written, "O");
        room[written + 1] = (byte)'"';
        _length += written + 2;
    }

    public void Address(ReadOnlySpan<byte> name, IPAddress? address, int port)
    {
        Key(name);
        if (address is null)
        {
            Raw("null"u8);
            return;
        }

        Raw("\""u8);
        address.TryFormat(Room(MaxValueBytes), out int written);
        _length += written;
        Raw(":"u8);
        port.TryFormat(Room(MaxPortDigits), out written);
        _length += written;
        Raw("\""u8);
    }

    /// <summary>32 hex digits.</summary>
    public void Id(ReadOnlySpan<byte> name, Contracts.Telemetry.TraceId id)
    {
        Key(name);
        var room = Room(MaxValueBytes);
        room[0] = (byte)'"';
        id.WriteHex(room[1..]);
        room[(2 * Contracts.Telemetry.TraceId.SizeBytes) + 1] = (byte)'"';
        _length += (2 * Contracts.Telemetry.TraceId.SizeBytes) + 2;
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

    private void Key(ReadOnlySpan<byte> name)
    {
        if (_length > 1)
        {
            Raw(","u8);
        }

        Raw("\""u8);
        Raw(name);
        Raw("\":"u8);
    }

    private void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
    }

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - _length < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes));
        }

        return _bytes.AsSpan(_length);
    }
}
