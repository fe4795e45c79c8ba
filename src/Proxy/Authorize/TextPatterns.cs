using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Authorize;

/// <summary>A compiled <see cref="ValueMatch"/>. Immutable.</summary>
internal sealed class TextPatterns(ValueMatch config, StringComparison comparison = StringComparison.Ordinal)
{
    private readonly string[] _any = [.. config.Any];
    private readonly string[] _none = [.. config.None];

    /// <summary>Whether everything matches.</summary>
    public bool IsEmpty => _any.Length == 0 && _none.Length == 0;

    /// <param name="text">Null for what is not there: it fails every demand and breaks no prohibition.</param>
    public bool Matches(string? text) => (_any.Length == 0 || IsAmong(text, _any)) && !IsAmong(text, _none);

    /// <summary>For what has several values, such as audiences: one of them must match, and none may be prohibited.</summary>
    public bool MatchesOne(IReadOnlyList<string> texts)
    {
        bool found = _any.Length == 0;
        foreach (string text in texts)
        {
            found = found || IsAmong(text, _any);
            if (IsAmong(text, _none))
            {
                return false;
            }
        }

        return found;
    }

    private bool IsAmong(string? text, string[] patterns)
    {
        if (text is null)
        {
            return false;
        }

        foreach (string pattern in patterns)
        {
            if (Fits(text, pattern))
            {
                return true;
            }
        }

        return false;
    }

    private bool Fits(string text, string pattern) =>
        pattern == "*" ? text.Length > 0
        : pattern.StartsWith('*') ? text.AsSpan().EndsWith(pattern.AsSpan(1), comparison)
        : pattern.EndsWith('*') ? text.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), comparison)
        : text.Equals(pattern, comparison);
}
