using System.Net;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Logs;

/// <summary>One JSON object as a line (RFC 8259), in memory that is used again. Not thread-safe.</summary>
internal sealed class JsonLine
{
    private readonly LineBuffer _line = new();

    /// <summary>The object without a line end.</summary>
    public ReadOnlySpan<byte> Object => _line.Written;

    public void Begin()
    {
        _line.Clear();
        _line.Raw("{"u8);
    }

    public void End() => _line.Raw("}"u8);

    public void Text(ReadOnlySpan<byte> name, string? value)
    {
        Key(name);
        if (string.IsNullOrEmpty(value))
        {
            _line.Raw("null"u8);
            return;
        }

        _line.Raw("\""u8);
        _line.Text(value);
        _line.Raw("\""u8);
    }

    public void Number(ReadOnlySpan<byte> name, long value)
    {
        Key(name);
        _line.Number(value);
    }

    /// <summary>RFC 3339 in UTC.</summary>
    public void Time(ReadOnlySpan<byte> name, DateTime utc)
    {
        Key(name);
        _line.Raw("\""u8);
        _line.Time(utc);
        _line.Raw("\""u8);
    }

    public void Address(ReadOnlySpan<byte> name, IPAddress? address, int port)
    {
        Key(name);
        if (address is null)
        {
            _line.Raw("null"u8);
            return;
        }

        _line.Raw("\""u8);
        _line.Address(address, port);
        _line.Raw("\""u8);
    }

    /// <summary>32 hex digits.</summary>
    public void Id(ReadOnlySpan<byte> name, TraceId id)
    {
        Key(name);
        _line.Raw("\""u8);
        _line.Id(id);
        _line.Raw("\""u8);
    }

    private void Key(ReadOnlySpan<byte> name)
    {
        _line.Raw(_line.Length > 1 ? ",\""u8 : "\""u8);
        _line.Raw(name);
        _line.Raw("\":"u8);
    }
}
