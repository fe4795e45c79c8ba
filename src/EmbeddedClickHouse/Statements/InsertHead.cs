using System.Text;

namespace MeshInsight.EmbeddedClickHouse.Statements;

/// <summary>What kind of statement a text begins, as far as the way its data must take to the engine depends on it.</summary>
internal enum StatementForm
{
    /// <summary>No INSERT.</summary>
    Other,

    /// <summary>INSERT … FORMAT x or VALUES: what follows is data.</summary>
    InsertWithData,

    /// <summary>INSERT … SELECT.</summary>
    InsertSelect,

    /// <summary>INSERT … SELECT … FROM input(…): data behind a query, which the engine cannot be fed with.</summary>
    InsertFromInput,

    /// <summary>INSERT without any of these.</summary>
    InsertUnfinished,
}

/// <summary>
/// Finds where an INSERT ends and its data begins. The engine's own parser would take the data to end at the first empty line and read on from
/// there as SQL, so data never goes through it (docs/decisions/0031).
/// </summary>
/// <param name="SqlLength">Bytes of the statement up to its FORMAT clause, or with its VALUES.</param>
/// <param name="Format">Name of the data's format.</param>
/// <param name="DataOffset">First byte of data.</param>
internal readonly record struct InsertHead(StatementForm Form, int SqlLength = 0, string Format = "", int DataOffset = 0)
{
    private const string ValuesFormat = "Values";

    /// <summary>VALUES are expressions, so they are read, bounded and looked at like the statement itself.</summary>
    public bool DataIsSql => Format.Equals(ValuesFormat, StringComparison.OrdinalIgnoreCase);

    /// <param name="text">The statement, or as much of it as is there.</param>
    public static InsertHead Read(ReadOnlySpan<byte> text)
    {
        var scanner = new SqlScanner(text);
        if (!scanner.TryRead() || !scanner.Is("INSERT"u8))
        {
            return default;
        }

        while (scanner.TryRead())
        {
            if (scanner.Depth != 0)
            {
                continue;
            }

            if (scanner.Is("FORMAT"u8))
            {
                int sqlLength = scanner.Start;
                return scanner.TryRead() && !scanner.Word.IsEmpty
                    ? new(StatementForm.InsertWithData, sqlLength, Encoding.ASCII.GetString(scanner.Word), SkipLineEnd(text, scanner.End))
                    : new(StatementForm.InsertUnfinished);
            }

            if (scanner.Is("VALUES"u8))
            {
                return new(StatementForm.InsertWithData, scanner.Start, ValuesFormat, scanner.End);
            }

            if (scanner.Is("SELECT"u8) || scanner.Is("WITH"u8))
            {
                return new(ReadsInput(ref scanner, text) ? StatementForm.InsertFromInput : StatementForm.InsertSelect);
            }
        }

        return new(HasSelect(text) ? StatementForm.InsertSelect : StatementForm.InsertUnfinished);
    }

    /// <summary>INSERT INTO t (SELECT …) hides its SELECT in parentheses.</summary>
    private static bool HasSelect(ReadOnlySpan<byte> text)
    {
        var scanner = new SqlScanner(text);
        while (scanner.TryRead())
        {
            if (scanner.Is("SELECT"u8))
            {
                return !ReadsInput(ref scanner, text);
            }
        }

        return false;
    }

    private static bool ReadsInput(ref SqlScanner scanner, ReadOnlySpan<byte> text)
    {
        bool afterInput = false;
        while (scanner.TryRead())
        {
            if (afterInput && text[scanner.Start] == '(')
            {
                return true;
            }

            afterInput = scanner.Is("INPUT"u8);
        }

        return false;
    }

    /// <summary>One line end, with blanks before it, belongs to the statement; data such as RowBinary may begin with any byte after it.</summary>
    private static int SkipLineEnd(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' or (byte)'\f')
        {
            at++;
        }

        if (at < text.Length && text[at] == '\r')
        {
            at++;
        }

        return at < text.Length && text[at] == '\n' ? at + 1 : at;
    }
}
