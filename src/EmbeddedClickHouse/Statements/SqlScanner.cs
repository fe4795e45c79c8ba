namespace MeshInsight.EmbeddedClickHouse.Statements;

/// <summary>Walks over SQL the way ClickHouse's lexer does, far enough to tell words from comments, quoted text and nesting.</summary>
/// <remarks>https://github.com/ClickHouse/ClickHouse/blob/master/src/Parsers/Lexer.cpp</remarks>
internal ref struct SqlScanner(ReadOnlySpan<byte> sql)
{
    private readonly ReadOnlySpan<byte> _sql = sql;

    private static ReadOnlySpan<byte> OpeningQuote => "\u2018"u8;

    private static ReadOnlySpan<byte> OpeningDoubleQuote => "\u201C"u8;

    /// <summary>Where the last token starts and ends, in bytes.</summary>
    public int Start { get; private set; }

    public int End { get; private set; }

    /// <summary>Parentheses and brackets open around the last token.</summary>
    public int Depth { get; private set; }

    /// <summary>The last token, when it is a word; empty for anything else.</summary>
    public readonly ReadOnlySpan<byte> Word => IsWord(_sql[Start]) ? Token : [];

    public readonly ReadOnlySpan<byte> Token => _sql[Start..End];

    /// <summary>Moves to the next token.</summary>
    public bool TryRead()
    {
        SkipSpaceAndComments();
        if (End >= _sql.Length)
        {
            return false;
        }

        Start = End;
        byte first = _sql[Start];
        switch (first)
        {
            case (byte)'\'' or (byte)'"' or (byte)'`':
                End = EndOfQuoted(Start, first);
                break;
            case (byte)'$':
                End = EndOfHeredoc(Start);
                break;
            case 0xE2 when EndOfTypographic(Start) is > 0 and var end:
                End = end;
                break;
            case (byte)'(' or (byte)'[' or (byte)'{':
                Depth++;
                End++;
                break;
            case (byte)')' or (byte)']' or (byte)'}':
                Depth--;
                End++;
                break;
            default:
                End = IsWord(first) ? EndOfWord(Start) : Start + 1;
                break;
        }

        return true;
    }

    public readonly bool Is(ReadOnlySpan<byte> upperCaseWord) => System.Text.Ascii.EqualsIgnoreCase(Word, upperCaseWord);

    private static bool IsWord(byte letter) => char.IsAsciiLetterOrDigit((char)letter) || letter == '_';

    private void SkipSpaceAndComments()
    {
        while (End < _sql.Length)
        {
            var rest = _sql[End..];
            if (rest[0] <= ' ')
            {
                End++;
            }
            else if (rest.StartsWith("--"u8) || rest.StartsWith("//"u8) || rest.StartsWith("# "u8) || rest.StartsWith("#!"u8))
            {
                int line = rest.IndexOf((byte)'\n');
                End = line < 0 ? _sql.Length : End + line + 1;
            }
            else if (rest.StartsWith("/*"u8))
            {
                End = EndOfComment(End);
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Comments nest; one that is not closed runs to the end.</summary>
    private readonly int EndOfComment(int start)
    {
        int at = start + 2;
        for (int open = 1; open > 0;)
        {
            if (at + 1 >= _sql.Length)
            {
                return _sql.Length;
            }

            var pair = _sql.Slice(at, 2);
            int step = pair.SequenceEqual("/*"u8) ? 1 : pair.SequenceEqual("*/"u8) ? -1 : 0;
            open += step;
            at += step == 0 ? 1 : 2;
        }

        return at;
    }

    private readonly int EndOfWord(int start)
    {
        int at = start + 1;
        while (at < _sql.Length && (IsWord(_sql[at]) || _sql[at] == '$'))
        {
            at++;
        }

        return at;
    }

    /// <summary>$name$ text $name$; a dollar that opens none is part of a word.</summary>
    private readonly int EndOfHeredoc(int start)
    {
        int name = _sql[(start + 1)..].IndexOf((byte)'$');
        if (name >= 0)
        {
            var mark = _sql.Slice(start, name + 2);
            int close = _sql[(start + mark.Length)..].IndexOf(mark);
            if (close >= 0)
            {
                return start + mark.Length + close + mark.Length;
            }
        }

        return EndOfWord(start);
    }

    /// <summary>‘text’ and “name”, which word processors make of quotes and ClickHouse takes; 0 when there is none.</summary>
    private readonly int EndOfTypographic(int start)
    {
        var rest = _sql[start..];
        var closing = rest.StartsWith(OpeningQuote) ? "\u2019"u8 : rest.StartsWith(OpeningDoubleQuote) ? "\u201D"u8 : default;
        int end = closing.IsEmpty ? -1 : rest.IndexOf(closing);
        return end < 0 ? 0 : start + end + closing.Length;
    }

    private readonly int EndOfQuoted(int start, byte quote)
    {
        int at = start + 1;
        while (at < _sql.Length && _sql[at] != quote)
        {
            at += _sql[at] == '\\' ? 2 : 1;
        }

        return Math.Min(at + 1, _sql.Length);
    }
}
