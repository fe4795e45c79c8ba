using MeshInsight.Testing;

namespace MeshInsight.Architecture.Tests;

/// <summary>
/// The tables of docs/architecture.md, section "Directions": rows <c>| from | to, to |</c> under a heading that names a project, or
/// "Projects". The page is the rule, so page and code cannot drift apart.
/// </summary>
internal sealed class DirectionTable
{
    private readonly Dictionary<string, Dictionary<string, HashSet<string>>> _tables = [];

    public IEnumerable<string> Names => _tables.Keys;

    public IReadOnlyDictionary<string, HashSet<string>> this[string name] => _tables[name];

    public static DirectionTable Read()
    {
        var table = new DirectionTable();
        Dictionary<string, HashSet<string>>? rows = null;
        bool inSection = false;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "docs", "architecture.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                inSection = line == "## Directions";
            }
            else if (inSection && line.StartsWith("### ", StringComparison.Ordinal))
            {
                table._tables[line[4..].Trim()] = rows = [];
            }
            else if (inSection && rows is not null && line.Split('|', StringSplitOptions.TrimEntries) is [_, var from, var to, _] && from != "from" && !from.StartsWith("--", StringComparison.Ordinal))
            {
                rows[from] = [.. to.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
            }
        }

        return table;
    }
}
