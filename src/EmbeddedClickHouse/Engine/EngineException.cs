using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace MeshInsight.EmbeddedClickHouse.Engine;

/// <summary>A statement that failed, in ClickHouse's own words: <c>Code: 62. DB::Exception: … (SYNTAX_ERROR)</c>.</summary>
internal sealed class EngineException : Exception
{
    private const string Prefix = "Code: ";

    public EngineException(string message)
        : base(message.TrimEnd()) => Code = ReadCode(message);

    public EngineException(ErrorCode code, string what)
        : this($"{Prefix}{(int)code}. DB::Exception: {what} ({Name(code)})")
    {
    }

    /// <summary>ClickHouse's error number; 1002 when the text names none.</summary>
    public int Code { get; }

    public static unsafe EngineException From(byte* text) =>
        new(Marshal.PtrToStringUTF8((nint)text) ?? Prefix + (int)ErrorCode.UnknownException);

    private static int ReadCode(string message)
    {
        int start = message.IndexOf(Prefix, StringComparison.Ordinal);
        if (start < 0)
        {
            return (int)ErrorCode.UnknownException;
        }

        start += Prefix.Length;
        int end = start;
        while (end < message.Length && char.IsAsciiDigit(message[end]))
        {
            end++;
        }

        return int.TryParse(message.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out int code)
            ? code
            : (int)ErrorCode.UnknownException;
    }

    /// <summary>SyntaxError → SYNTAX_ERROR.</summary>
    private static string Name(ErrorCode code)
    {
        var name = new StringBuilder();
        foreach (char letter in code.ToString())
        {
            if (char.IsAsciiLetterUpper(letter) && name.Length > 0)
            {
                name.Append('_');
            }

            name.Append(char.ToUpperInvariant(letter));
        }

        return name.ToString();
    }
}
