using System.Text.RegularExpressions;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Matches on named values: headers and query parameters.</summary>
internal static class HeaderMatchFields
{
    private const int MaxEntries = 16;

    private static readonly Dictionary<string, bool> Kinds = new() { ["Exact"] = false, ["RegularExpression"] = true };

    /// <summary>Of entries with an equivalent name only the first counts, as the Gateway API asks.</summary>
    public static IReadOnlyList<HeaderMatch> ReadHeaders(FieldReader match) =>
        [.. match.Maps("headers", MaxEntries).Select(ReadEntry).DistinctBy(h => h.Name, StringComparer.OrdinalIgnoreCase)];

    public static IReadOnlyList<QueryMatch> ReadQuery(FieldReader match) =>
        [.. match.Maps("queryParams", MaxEntries).Select(ReadEntry).DistinctBy(q => q.Name).Select(q => new QueryMatch(q.Name, q.Value, q.IsRegex))];

    // Sidecars match on the head of every call, so only expressions that cannot backtrack are let through.
    public static void CheckRegex(FieldReader reader, string field, string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException error)
        {
            reader.Problem(field, $"\"{pattern}\" is not a regular expression: {error.Message}");
        }
        catch (NotSupportedException)
        {
            reader.Problem(field, $"\"{pattern}\" uses lookarounds, back references or atomic groups, which a sidecar does not run.");
        }
    }

    private static HeaderMatch ReadEntry(FieldReader reader)
    {
        bool isRegex = reader.Choice("type", Kinds, false);
        string value = reader.Text("value", required: true);
        if (isRegex)
        {
            CheckRegex(reader, "value", value);
        }

        var match = new HeaderMatch(reader.Text("name", required: true), value, isRegex);
        reader.Finish();
        return match;
    }
}
