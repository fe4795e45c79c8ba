using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>matches</c> of an HTTPRoute rule.</summary>
internal static class HttpRouteMatches
{
    private const int MaxMatches = 64;

    private static readonly Dictionary<string, PathMatchKind> PathKinds = new()
    {
        ["PathPrefix"] = PathMatchKind.Prefix,
        ["Exact"] = PathMatchKind.Exact,
        ["RegularExpression"] = PathMatchKind.Regex,
    };

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

        var match = new RouteMatch(kind, path, reader.Choice("method", Methods, ""), HeaderMatchFields.ReadHeaders(reader))
        {
            Query = HeaderMatchFields.ReadQuery(reader),
        };
        reader.Finish();
        return match;
    }

    private static void CheckPath(FieldReader reader, PathMatchKind kind, string path)
    {
        if (kind == PathMatchKind.Regex)
        {
            HeaderMatchFields.CheckRegex(reader, "value", path);
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
}
