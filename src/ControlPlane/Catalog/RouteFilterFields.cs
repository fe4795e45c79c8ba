using MeshInsight.Contracts.Mesh;

namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The <c>filters</c> of a rule or a backend.</summary>
internal static class RouteFilterFields
{
    private const int MaxFilters = 16;

    private const string RequestHeaders = "RequestHeaderModifier";
    private const string ResponseHeaders = "ResponseHeaderModifier";
    private const string Redirect = "RequestRedirect";
    private const string Rewrite = "URLRewrite";
    private const string Mirror = "RequestMirror";

    private static readonly Dictionary<string, string> Schemes = new() { ["http"] = "http", ["https"] = "https" };

    private static readonly Dictionary<string, PathChangeKind> PathKinds = new()
    {
        [nameof(PathChangeKind.ReplaceFullPath)] = PathChangeKind.ReplaceFullPath,
        [nameof(PathChangeKind.ReplacePrefixMatch)] = PathChangeKind.ReplacePrefixMatch,
    };

    /// <summary>Every filter of an HTTPRoute rule.</summary>
    public static IReadOnlyList<string> All { get; } = [RequestHeaders, ResponseHeaders, Redirect, Rewrite, Mirror];

    /// <summary>What a GRPCRoute rule may have.</summary>
    public static IReadOnlyList<string> Grpc { get; } = [RequestHeaders, ResponseHeaders, Mirror];

    public static RuleFilters Read(FieldReader rule, IReadOnlyList<string> allowed)
    {
        var filters = RuleFilters.None;
        var seen = new HashSet<string>();
        foreach (var reader in rule.Maps("filters", MaxFilters))
        {
            string type = reader.Choice("type", allowed.ToDictionary(a => a), "", required: true);
            if (type.Length > 0 && type != Mirror && !seen.Add(type))
            {
                reader.Problem("type", $"{type} stands here a second time; one filter of this type is allowed.");
            }

            filters = ReadFilter(reader, type, filters);
            reader.Finish();
        }

        if (filters is { Redirect: not null, Rewrite: not null })
        {
            rule.Problem("filters", "RequestRedirect and URLRewrite exclude each other: a redirect answers, nothing is left to rewrite.");
        }

        return filters;
    }

    /// <summary>A backend's own filters: only its headers can be changed.</summary>
    public static (HeaderChanges? Request, HeaderChanges? Response) ReadHeaderFilters(FieldReader backend)
    {
        var filters = Read(backend, [RequestHeaders, ResponseHeaders]);
        return (filters.Request, filters.Response);
    }

    private static RuleFilters ReadFilter(FieldReader reader, string type, RuleFilters before) => type switch
    {
        RequestHeaders => before with { Request = reader.Map("requestHeaderModifier", required: true) is { } r ? HeaderChangeFields.Read(r) : null },
        ResponseHeaders => before with { Response = reader.Map("responseHeaderModifier", required: true) is { } r ? HeaderChangeFields.Read(r) : null },
        Redirect => before with { Redirect = reader.Map("requestRedirect", required: true) is { } r ? ReadRedirect(r) : null },
        Rewrite => before with { Rewrite = reader.Map("urlRewrite", required: true) is { } r ? ReadRewrite(r) : null },
        Mirror when reader.Map("requestMirror", required: true) is { } r => before with { Mirrors = [.. before.Mirrors, ReadMirror(r)] },
        _ => before,
    };

    private static RedirectConfig ReadRedirect(FieldReader reader)
    {
        var redirect = new RedirectConfig(
            reader.Choice("scheme", Schemes, ""),
            ReadHostname(reader),
            ReadPath(reader),
            reader.Integer("port", 1, 65535, 0),
            ReadStatus(reader));
        reader.Finish();
        return redirect;
    }

    private static int ReadStatus(FieldReader reader)
    {
        int status = reader.Integer("statusCode", 301, 308, 302);
        if (status is 304 or 305 or 306)
        {
            reader.Problem("statusCode", $"{status} does not send a client elsewhere.", "301", "302", "303", "307", "308");
        }

        return status;
    }

    private static RewriteConfig ReadRewrite(FieldReader reader)
    {
        var rewrite = new RewriteConfig(ReadHostname(reader), ReadPath(reader));
        reader.Finish();
        return rewrite;
    }

    private static string ReadHostname(FieldReader reader)
    {
        string hostname = reader.Text("hostname");
        if (hostname.Length > 0 && (hostname.Contains('*') || Uri.CheckHostName(hostname) != UriHostNameType.Dns))
        {
            reader.Problem("hostname", $"\"{hostname}\" must be one full DNS name, without a wildcard and without a port.");
        }

        return hostname;
    }

    private static PathChange ReadPath(FieldReader parent)
    {
        if (parent.Map("path") is not { } reader)
        {
            return PathChange.None;
        }

        var kind = reader.Choice("type", PathKinds, PathChangeKind.Keep, required: true);
        // The field that says what is named after the type; an empty prefix takes the matched one away.
        string field = kind == PathChangeKind.ReplaceFullPath ? "replaceFullPath" : "replacePrefixMatch";
        string value = kind == PathChangeKind.Keep ? "" : reader.Text(field, required: true);
        if (value.Length > 0 && (value[0] != '/' || value.AsSpan().IndexOfAny('?', '#') >= 0))
        {
            reader.Problem(field, $"\"{value}\" must be a path that starts with \"/\", without \"?\" and \"#\".");
        }

        reader.Finish();
        return new(kind, value);
    }

    private static RuleMirror ReadMirror(FieldReader reader)
    {
        var target = reader.Map("backendRef", required: true);
        var backend = target is null ? new BackendRef("", 0, "", 1, reader.Path, reader.Line) : RouteFields.ReadTarget(target);
        int percent = reader.Integer("percent", 0, 100, 100);
        var mirror = new RuleMirror(backend, percent, 100);
        if (reader.Map("fraction") is { } fraction)
        {
            int denominator = fraction.Integer("denominator", 1, int.MaxValue, 100);
            mirror = mirror with { Numerator = fraction.Integer("numerator", 0, denominator, 0, required: true), Denominator = denominator };
            fraction.Finish();
            if (reader.Has("percent"))
            {
                reader.Problem("percent", "says the same as fraction; keep one of them.");
            }
        }

        reader.Finish();
        return mirror;
    }
}
