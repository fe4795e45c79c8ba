using System.Globalization;
using System.Text.RegularExpressions;
using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Schema;

/// <summary>
/// One numbered file of Schema/Sql. Statements end with a semicolon at the end of a line and can be repeated without harm (IF NOT EXISTS), because two
/// programs may run them at once and ClickHouse has no lock to offer. Places to fill: <c>{on_cluster}</c>, <c>{engine}</c> (prefix of the engine's
/// name), <c>{local}</c> (suffix of a table that a Distributed table stands over), <c>{retention_days}</c>, <c>{history_days}</c>. A comment
/// <c>-- distributed: TABLE by KEY</c> asks for a Distributed table when there is a cluster.
/// </summary>
internal sealed partial record Migration(int Version, string Name, string Text)
{
    private const string Prefix = "MeshInsight.Storage.Schema.Sql.";

    /// <summary>All migrations of this program, oldest first.</summary>
    public static IReadOnlyList<Migration> All { get; } = ReadAll();

    public IEnumerable<string> Statements(ClickHouseOptions options)
    {
        bool clustered = options.Cluster.Length > 0;
        string filled = Text
            .Replace("{on_cluster}", clustered ? $"ON CLUSTER `{options.Cluster}`" : "", StringComparison.Ordinal)
            .Replace("{engine}", clustered ? "Replicated" : "", StringComparison.Ordinal)
            .Replace("{local}", clustered ? "_local" : "", StringComparison.Ordinal)
            .Replace("{retention_days}", Number(options.RetentionDays), StringComparison.Ordinal)
            .Replace("{history_days}", Number(options.HistoryDays), StringComparison.Ordinal);
        foreach (string part in Comment().Replace(filled, "").Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            yield return part;
        }

        if (!clustered)
        {
            yield break;
        }

        foreach (Match match in Distributed().Matches(Text))
        {
            string table = match.Groups["table"].Value;
            yield return $"CREATE TABLE IF NOT EXISTS {table} ON CLUSTER `{options.Cluster}` AS {table}_local "
                + $"ENGINE = Distributed(`{options.Cluster}`, currentDatabase(), {table}_local, {match.Groups["key"].Value})";
        }
    }

    private static List<Migration> ReadAll()
    {
        var assembly = typeof(Migration).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(name => Read(name[Prefix.Length..], new StreamReader(assembly.GetManifestResourceStream(name)!)))
                .OrderBy(migration => migration.Version),
        ];
    }

    private static Migration Read(string file, StreamReader reader)
    {
        using (reader)
        {
            string name = Path.GetFileNameWithoutExtension(file);
            return new(int.Parse(name[..4], NumberStyles.None, CultureInfo.InvariantCulture), name[5..], reader.ReadToEnd().ReplaceLineEndings("\n"));
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^--.*\n?", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^-- distributed: (?<table>\w+) by (?<key>.+)$", RegexOptions.Multiline)]
    private static partial Regex Distributed();
}
