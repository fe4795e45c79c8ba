namespace MeshInsight.Contracts.Mesh;

/// <summary>What a <see cref="PolicyCondition"/> may look at.</summary>
public static class PolicyKeys
{
    public const string SourcePrincipal = "source.principal";
    public const string SourceNamespace = "source.namespace";
    public const string SourceIp = "source.ip";
    public const string DestinationPort = "destination.port";
    public const string AuthPrincipal = "request.auth.principal";
    public const string AuthAudiences = "request.auth.audiences";
    public const string AuthPresenter = "request.auth.presenter";

    private const string HeaderStart = "request.headers[";
    private const string ClaimStart = "request.auth.claims[";

    /// <summary>Every key, for messages.</summary>
    public static IReadOnlyList<string> All { get; } =
        [SourcePrincipal, SourceNamespace, SourceIp, DestinationPort, AuthPrincipal, AuthAudiences, AuthPresenter, HeaderStart + "NAME]", ClaimStart + "NAME]"];

    public static bool IsKnown(string key) =>
        key is SourcePrincipal or SourceNamespace or SourceIp or DestinationPort or AuthPrincipal or AuthAudiences or AuthPresenter
        || Header(key) is not null || Claim(key) is not null;

    /// <returns>The header's name; null when the key is none.</returns>
    public static string? Header(string key) => key.StartsWith(HeaderStart, StringComparison.Ordinal) && key.EndsWith(']') && key[HeaderStart.Length..^1] is { Length: > 0 } name
        && !name.Contains('[', StringComparison.Ordinal) && !name.Contains(']', StringComparison.Ordinal) ? name : null;

    /// <returns>The path to a claim, <c>[a][b]</c> as a, b; null when the key is none.</returns>
    public static IReadOnlyList<string>? Claim(string key)
    {
        if (!key.StartsWith(ClaimStart, StringComparison.Ordinal) || !key.EndsWith(']'))
        {
            return null;
        }

        string[] names = key[ClaimStart.Length..^1].Split("][");
        return names.All(n => n.Length > 0 && n.IndexOfAny(['[', ']']) < 0) ? names : null;
    }
}
