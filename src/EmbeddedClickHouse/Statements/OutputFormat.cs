using System.Text;

namespace MeshInsight.EmbeddedClickHouse.Statements;

/// <summary>The format a statement's answer has.</summary>
/// <param name="Name">ClickHouse's name, as the statement or the request gave it.</param>
internal readonly record struct OutputFormat(string Name)
{
    /// <summary>The format when nobody names one.</summary>
    public const string Default = "TabSeparated";

    /// <summary>Formats whose chunks can be joined: no header, no footer, nothing between rows that depends on the one before.</summary>
    private static readonly HashSet<string> Joinable = new(StringComparer.OrdinalIgnoreCase)
    {
        "TabSeparated", "TSV", "TSVRaw", "TabSeparatedRaw", "CSV", "JSONEachRow", "JSONLines", "NDJSON", "JSONStringsEachRow", "JSONCompactEachRow",
        "JSONCompactStringsEachRow", "RowBinary", "Native", "LineAsString", "RawBLOB",
    };

    public bool CanStream => Joinable.Contains(Name);

    public string ContentType => Name switch
    {
        "JSONLines" or "NDJSON" => "application/x-ndjson; charset=UTF-8",
        _ when Name.StartsWith("JSON", StringComparison.Ordinal) && Name.Contains("EachRow", StringComparison.Ordinal) => "application/x-ndjson; charset=UTF-8",
        _ when Name.StartsWith("JSON", StringComparison.Ordinal) => "application/json; charset=UTF-8",
        "CSV" => "text/csv; charset=UTF-8; header=absent",
        _ when Name.StartsWith("CSV", StringComparison.Ordinal) => "text/csv; charset=UTF-8; header=present",
        _ when Name.StartsWith("Tab", StringComparison.Ordinal) || Name.StartsWith("TSV", StringComparison.Ordinal) => "text/tab-separated-values; charset=UTF-8",
        _ when Name.StartsWith("Pretty", StringComparison.Ordinal) || Name is "Vertical" => "text/plain; charset=UTF-8",
        "XML" => "application/xml; charset=UTF-8",
        _ => "application/octet-stream",
    };

    /// <summary>The FORMAT clause of the outermost query wins over what the request asked for.</summary>
    public static OutputFormat Of(ReadOnlySpan<byte> sql, string? asked)
    {
        string? named = null;
        var scanner = new SqlScanner(sql);
        bool afterFormat = false;
        while (scanner.TryRead())
        {
            if (afterFormat && !scanner.Word.IsEmpty)
            {
                named = Encoding.ASCII.GetString(scanner.Word);
            }

            afterFormat = scanner.Depth == 0 && scanner.Is("FORMAT"u8);
        }

        return new OutputFormat(named ?? (string.IsNullOrEmpty(asked) ? Default : asked));
    }

    /// <summary>Only queries proper can be streamed; SHOW, DESCRIBE, EXPLAIN and the like are small anyway.</summary>
    public static bool IsQuery(ReadOnlySpan<byte> sql)
    {
        var scanner = new SqlScanner(sql);
        return scanner.TryRead() && (scanner.Is("SELECT"u8) || scanner.Is("WITH"u8) || sql[scanner.Start] == '(');
    }
}
