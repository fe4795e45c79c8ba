using System.Diagnostics.CodeAnalysis;

namespace MeshInsight.Contracts.Identity;

/// <summary>
/// A workload's name that certificates carry: <c>spiffe://mesh.local/ns/default/sa/checkout</c>
/// (https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md). Ordinal equality; immutable.
/// </summary>
public sealed record SpiffeId
{
    /// <summary>The mesh has no namespaces of its own; this is what Istio's tools show for workloads without one.</summary>
    public const string DefaultNamespace = "default";

    private const string Scheme = "spiffe://";
    private const int MaxLength = 2048;
    private const int MaxTrustDomainLength = 255;

    private SpiffeId(string text, int pathStart)
    {
        Text = text;
        TrustDomain = text[Scheme.Length..pathStart];
        Path = text[pathStart..];
        string[] segments = Path.Split('/');
        if (segments is ["", "ns", _, "sa", _])
        {
            (Namespace, Service) = (segments[2], segments[4]);
        }
    }

    public string Text { get; }

    public string TrustDomain { get; }

    /// <summary>With its leading slash; empty for a trust domain's own id, which no workload has.</summary>
    public string Path { get; }

    /// <summary>The <c>ns</c> segment; empty when the path has another form than ours.</summary>
    public string Namespace { get; } = "";

    /// <summary>The <c>sa</c> segment: the service; empty when the path has another form than ours.</summary>
    public string Service { get; } = "";

    /// <summary>The id as Istio's AuthorizationPolicy writes principals: without <c>spiffe://</c>.</summary>
    public string Principal => Text[Scheme.Length..];

    /// <exception cref="FormatException">Trust domain or service cannot stand in an id.</exception>
    public static SpiffeId ForService(string trustDomain, string service) =>
        TryForService(trustDomain, service, out var id, out string problem) ? id : throw new FormatException(problem);

    /// <inheritdoc cref="TryParse"/>
    public static bool TryForService(string trustDomain, string service, [NotNullWhen(true)] out SpiffeId? id, out string problem)
    {
        if (TryParse($"{Scheme}{trustDomain}/ns/{DefaultNamespace}/sa/{service}", out id, out problem) && id.Service == service)
        {
            return true;
        }

        // A slash would make segments of its own.
        (id, problem) = (null, problem.Length > 0 ? problem : $"The service \"{service}\" must be one segment of a path.");
        return false;
    }

    /// <param name="problem">What is wrong, as one sentence; empty when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out SpiffeId? id, out string problem)
    {
        id = null;
        problem = Problem(text);
        if (problem.Length > 0)
        {
            return false;
        }

        int slash = text.IndexOf('/', Scheme.Length);
        id = new(text, slash < 0 ? text.Length : slash);
        return true;
    }

    /// <returns>Empty when the text may be a trust domain.</returns>
    public static string TrustDomainProblem(string text) =>
        text.Length is 0 or > MaxTrustDomainLength ? $"The trust domain must have 1 to {MaxTrustDomainLength} characters."
        : text.All(IsTrustDomainCharacter) ? ""
        : $"The trust domain \"{text}\" may have only lower-case letters, digits, \".\", \"-\" and \"_\".";

    public override string ToString() => Text;

    private static string Problem(string text)
    {
        if (text.Length > MaxLength || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return $"A SPIFFE id starts with {Scheme} and has at most {MaxLength} characters.";
        }

        int slash = text.IndexOf('/', Scheme.Length);
        string trustDomain = slash < 0 ? text[Scheme.Length..] : text[Scheme.Length..slash];
        if (TrustDomainProblem(trustDomain) is { Length: > 0 } problem)
        {
            return problem;
        }

        foreach (string segment in slash < 0 ? [] : text[(slash + 1)..].Split('/'))
        {
            if (segment is "" or "." or ".." || !segment.All(IsPathCharacter))
            {
                return $"The path segment \"{segment}\" of a SPIFFE id may have only letters, digits, \".\", \"-\" and \"_\", and must not be empty, \".\" or \"..\".";
            }
        }

        return "";
    }

    private static bool IsTrustDomainCharacter(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-' or '_';

    private static bool IsPathCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_';
}
