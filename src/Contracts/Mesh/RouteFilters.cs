namespace MeshInsight.Contracts.Mesh;

/// <summary>What a route does to requests and their answers on the way: the filters of a Gateway API rule.</summary>
/// <param name="Request">Changes to the request's headers; null for none.</param>
/// <param name="Response">Changes to the response's headers; null for none.</param>
/// <param name="Redirect">Answers instead of forwarding; null for none. Never together with <paramref name="Rewrite"/>.</param>
/// <param name="Mirrors">Where copies of requests go. Their answers are compared and thrown away.</param>
public sealed record RouteFilters(
    HeaderChanges? Request, HeaderChanges? Response, RedirectConfig? Redirect, RewriteConfig? Rewrite, IReadOnlyList<MirrorConfig> Mirrors)
{
    public static RouteFilters None { get; } = new(null, null, null, null, []);
}

/// <summary>First removed, then set, then added, so that a name may be in more than one list.</summary>
/// <param name="Set">Replaces every value the header had.</param>
/// <param name="Add">Comes after the values the header had.</param>
public sealed record HeaderChanges(IReadOnlyList<HeaderValue> Set, IReadOnlyList<HeaderValue> Add, IReadOnlyList<string> Remove);

public readonly record struct HeaderValue(string Name, string Value);

public enum PathChangeKind
{
    Keep,

    /// <summary>The whole path; the query stays.</summary>
    ReplaceFullPath,

    /// <summary>The path elements that the rule's prefix matched.</summary>
    ReplacePrefixMatch,
}

/// <param name="Value">Empty where nothing changes.</param>
public sealed record PathChange(PathChangeKind Kind, string Value)
{
    public static PathChange None { get; } = new(PathChangeKind.Keep, "");
}

/// <param name="Scheme"><c>http</c>, <c>https</c>, or empty for the request's.</param>
/// <param name="Hostname">Empty for the request's.</param>
/// <param name="Port">0: that of the scheme when one is given, else the request's.</param>
/// <param name="Status">301, 302, 303, 307 or 308.</param>
public sealed record RedirectConfig(string Scheme, string Hostname, PathChange Path, int Port, int Status);

/// <param name="Hostname">New Host header; empty to keep it.</param>
public sealed record RewriteConfig(string Hostname, PathChange Path);

/// <summary>Copies <paramref name="Numerator"/> of every <paramref name="Denominator"/> requests, drawn at random.</summary>
/// <param name="Clusters">Where a copy goes, by weight.</param>
public sealed record MirrorConfig(IReadOnlyList<WeightedCluster> Clusters, int Numerator, int Denominator);
