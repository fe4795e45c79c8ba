using System.Text.RegularExpressions;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>A header modifier: <c>set</c>, <c>add</c>, <c>remove</c>, at most sixteen each.</summary>
internal static partial class HeaderChangeFields
{
    private const int MaxHeaders = 16;

    // What frames a message or belongs to one connection, and what sidecars say to each other, is not a route's to change.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    };

    public static HeaderChanges Read(FieldReader reader)
    {
        var changes = new HeaderChanges(ReadValues(reader, "set"), ReadValues(reader, "add"), [.. reader.TextList("remove")]);
        if (changes.Remove.Count > MaxHeaders)
        {
            reader.Problem("remove", $"has {changes.Remove.Count} entries; at most {MaxHeaders} are allowed.");
        }

        foreach (string name in changes.Remove)
        {
            CheckName(reader, "remove", name);
        }

        reader.Finish();
        return changes;
    }

    // "Only the first entry with an equivalent name must be considered" (HTTPHeaderFilter).
    private static HeaderValue[] ReadValues(FieldReader reader, string field) =>
        [.. reader.Maps(field, MaxHeaders).Select(ReadValue).DistinctBy(h => h.Name, StringComparer.OrdinalIgnoreCase)];

    private static HeaderValue ReadValue(FieldReader reader)
    {
        var header = new HeaderValue(reader.Text("name", required: true), reader.Text("value", required: true));
        CheckName(reader, "name", header.Name);
        if (header.Value.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            reader.Problem("value", "must be one line.");
        }

        reader.Finish();
        return header;
    }

    private static void CheckName(FieldReader reader, string field, string name)
    {
        if (name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            reader.Problem(field, "Host is changed by a URLRewrite filter's hostname.");
        }
        else if (Reserved.Contains(name) || name.StartsWith("x-mesh-", StringComparison.OrdinalIgnoreCase))
        {
            reader.Problem(field, $"\"{name}\" belongs to the connection or to the mesh; a route cannot change it.");
        }
        else if (name.Length > 0 && !NamePattern().IsMatch(name))
        {
            reader.Problem(field, $"\"{name}\" is not the name of a header.");
        }
    }

    // RFC 9110 section 5.6.2, token.
    [GeneratedRegex("^[A-Za-z0-9!#$%&'*+\\-.^_`|~]{1,256}$")]
    private static partial Regex NamePattern();
}
