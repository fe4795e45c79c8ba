using System.Net;

namespace MeshInsight.Proxy.Logs;

/// <summary>One line of words as Envoy's default format writes them, a dash for what is not there, in memory that is used again. Not thread-safe.</summary>
internal sealed class TextLine
{
    private readonly LineBuffer _line = new();

    public ReadOnlySpan<byte> Written => _line.Written;

    public void Begin(DateTime utc)
    {
        _line.Clear();
        _line.Raw("["u8);
        _line.Time(utc);
        _line.Raw("]"u8);
    }

    /// <summary>The first line of a request.</summary>
    public void Request(string method, string? path, string protocol)
    {
        _line.Raw(" \""u8);
        _line.Text(method);
        _line.Raw(" "u8);
        _line.Text(path);
        _line.Raw(" "u8);
        _line.Text(protocol);
        _line.Raw("\""u8);
    }

    /// <summary>Words known beforehand, with the spaces between them.</summary>
    public void Raw(ReadOnlySpan<byte> words) => _line.Raw(words);

    public void None() => _line.Raw(" -"u8);

    public void Number(long value)
    {
        _line.Raw(" "u8);
        _line.Number(value);
    }

    public void Word(string text)
    {
        _line.Raw(" "u8);
        _line.Text(text.Length > 0 ? text : "-");
    }

    public void Quoted(string? text)
    {
        _line.Raw(" \""u8);
        _line.Text(string.IsNullOrEmpty(text) ? "-" : text);
        _line.Raw("\""u8);
    }

    public void Address(IPAddress? address, int port)
    {
        if (address is null)
        {
            None();
            return;
        }

        _line.Raw(" "u8);
        _line.Address(address, port);
    }
}
