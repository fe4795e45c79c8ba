using System.Text;

namespace MeshInsight.EmbeddedClickHouse.Statements;

/// <summary>
/// Refuses what reaches out of the database and what the engine's grants do not cover, because the library takes its caller to be the machine's
/// owner: the scalar function <c>file</c>, INTO OUTFILE, FROM INFILE, disks made in a statement, database engines over folders and other servers.
/// See docs/decisions/0032.
/// </summary>
internal static class StatementGuard
{
    private static readonly string[] LocalDatabaseEngines = ["Atomic", "Memory", "Ordinary", "Lazy", "Replicated", "Shared"];

    /// <summary>Table engines that run programs or open folders, which no grant covers.</summary>
    private static readonly string[] ReachingTableEngines = ["Executable", "ExecutablePool", "EmbeddedRocksDB"];

    /// <param name="sql">The statement without the data of an INSERT; VALUES are expressions and belong to it.</param>
    /// <param name="parameters">Values of the statement's parameters, which may stand for names.</param>
    /// <returns>What is refused, in words, or null.</returns>
    public static string? Refusal(ReadOnlySpan<byte> sql, IReadOnlyList<KeyValuePair<string, string>> parameters)
    {
        var scanner = new SqlScanner(sql);
        string before = "", beforeThat = "";
        bool database = false;
        while (scanner.TryRead())
        {
            string name = Name(scanner.Token);
            if (name.Length > 0 && name[0] == '\\')
            {
                return "a quoted name with an escape in it. Write the name as it is";
            }

            bool paired = before.Equals("INTO", StringComparison.OrdinalIgnoreCase) || before.Equals("FROM", StringComparison.OrdinalIgnoreCase);
            if (paired && (Is(name, "OUTFILE") || Is(name, "INFILE")))
            {
                return $"{before} {name}. Send and receive data over HTTP";
            }

            if (Is(name, "file"))
            {
                return "the name file, which is a function that reads any file of the machine. A column of that name needs another one here";
            }

            if (before == "=" && Is(beforeThat, "disk") && Is(name, "disk"))
            {
                return "a disk made in a statement";
            }

            bool engine = name is not ("" or "=") && (Is(before, "ENGINE") || (before == "=" && Is(beforeThat, "ENGINE")));
            if (engine && database && !LocalDatabaseEngines.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                return $"the database engine {name}. Use one of {string.Join(", ", LocalDatabaseEngines)}";
            }

            if (engine && ReachingTableEngines.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                return $"the table engine {name}";
            }

            if (before == ":" && Is(name, "Identifier") && parameters.Any(p => Is(p.Key, beforeThat) && NamesFile(p.Value)))
            {
                return "a parameter that stands for the name file";
            }

            database |= Is(name, "DATABASE") && (Is(before, "CREATE") || Is(before, "ATTACH") || Is(before, "REPLACE"));
            beforeThat = before;
            before = name;
        }

        return null;
    }

    /// <summary>A token as a name, quotes taken off; a backslash for a name that hides behind escapes; empty for text and numbers.</summary>
    private static string Name(ReadOnlySpan<byte> token) => token[0] switch
    {
        (byte)'=' => "=",
        (byte)':' => ":",
        (byte)'"' or (byte)'`' => Unquoted(token.Length > 1 ? token[1..^1] : []),
        0xE2 when token.Length >= 6 && token[2] == 0x9C => Unquoted(token[3..^3]),
        var letter when char.IsAsciiLetter((char)letter) || letter == '_' => Encoding.ASCII.GetString(token),
        _ => "",
    };

    private static string Unquoted(ReadOnlySpan<byte> inner) => inner.Contains((byte)'\\') ? "\\" : Encoding.UTF8.GetString(inner);

    private static bool Is(string name, string word) => name.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static bool NamesFile(string value) => value.Contains("file", StringComparison.OrdinalIgnoreCase) || value.Contains('\\');
}
