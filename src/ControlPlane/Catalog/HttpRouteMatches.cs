using System.Text.RegularExpressions;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>matches</c> of an HTTPRoute rule.</summary>
internal static class HttpRouteMatches
{
    private const int MaxMatches = 64;
    private const int MaxHeaders = 16;

    private static readonly Dictionary<string, PathMatchKind> PathKinds = new()
    {
        ["PathPrefix"] = PathMatchKind.Prefix,
        ["Exact"] = PathMatchKind.Exact,
        ["RegularExpression"] = PathMatchKind.Regex,
    };

    private static readonly Dictionary<string, bool> HeaderKinds = new() { ["Exact"] = false, ["RegularExpression"] = true };

    private static readonly Dictionary<string, string> Methods =
        new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH" }.ToDictionary(m => m);

    public static IReadOnlyList<RouteMatch> Read(FieldReader rule) => [.. rule.Maps("matches", MaxMatches).Select(ReadMatch)];

    private static RouteMatch ReadMatch(FieldReader reader)
    {
        var kind = PathMatchKind.Prefix;
        string path = "/";
        if (reader.Map("path") is { } pathReader)
        {
            kind = pathReader.Choice("type", PathKinds, PathMatchKind.Prefix);
            path = pathReader.Text("value", fallback: "/");
            CheckPath(pathReader, kind, path);
            pathReader.Finish();
        }

        var match = new RouteMatch(
            kind,
            path,
            reader.Choice("method", Methods, ""),
            [.. reader.Maps("headers", MaxHeaders).Select(ReadHeader)]);
        reader.Finish();
        return match;
    }

    private static HeaderMatch ReadHeader(FieldReader reader)
    {
        bool isRegex = reader.Choice("type", HeaderKinds, false);
        string value = reader.Text("value", required: true);
        if (isRegex)
        {
            CheckRegex(reader, value);
        }

        var match = new HeaderMatch(reader.Text("name", required: true), value, isRegex);
        reader.Finish();
        return match;
    }

    private static void CheckPath(FieldReader reader, PathMatchKind kind, string path)
    {
        if (kind == PathMatchKind.Regex)
        {
            CheckRegex(reader, path);
        }
        else if (!path.StartsWith('/'))
        {
            reader.Problem("value", $"\"{path}\" must start with \"/\".");
        }
        else if (path.Contains("//", StringComparison.Ordinal) || path.IndexOfAny(['?', '#']) >= 0)
        {
            reader.Problem("value", $"\"{path}\" must be a plain path, without \"//\", \"?\" and \"#\".");
        }
    }

    // Sidecars match on the request path of every call, so only expressions that cannot backtrack are let through.
    private static void CheckRegex(FieldReader reader, string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException error)
        {
            reader.Problem("value", $"\"{pattern}\" is not a regular expression: {error.Message}");
        }
        catch (NotSupportedException)
        {
            reader.Problem("value", $"\"{pattern}\" uses lookarounds, back references or atomic groups, which a sidecar does not run.");
        }
    }
}
