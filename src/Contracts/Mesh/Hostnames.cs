namespace MeshInsight.Contracts.Mesh;

/// <summary>Hostnames of the Gateway API: exact, or with a first label <c>*</c> that stands for one label or more. Empty means every name. Compared without case.</summary>
public static class Hostnames
{
    private const string Wildcard = "*.";
    private const int MaxLength = 253;
    private const int MaxLabel = 63;

    public static bool IsWildcard(string hostname) => hostname.StartsWith(Wildcard, StringComparison.Ordinal);

    /// <summary>A DNS name, no address, perhaps with a wildcard as its first label.</summary>
    public static bool IsValid(string hostname)
    {
        string name = IsWildcard(hostname) ? hostname[Wildcard.Length..] : hostname;
        return name.Length is > 0 and <= MaxLength && !System.Net.IPAddress.TryParse(name, out _) && name.Split('.').All(IsLabel);
    }

    /// <summary>Whether every name that <paramref name="narrow"/> stands for is one that <paramref name="wide"/> stands for.</summary>
    public static bool Covers(string wide, string narrow) =>
        wide.Length == 0
        || wide.Equals(narrow, StringComparison.OrdinalIgnoreCase)
        // "*.example.com" stands for a.example.com and *.a.example.com, not for example.com.
        || (IsWildcard(wide) && narrow.Length > wide.Length - 1 && narrow.EndsWith(wide[1..], StringComparison.OrdinalIgnoreCase));

    /// <summary>The names that both stand for; null when there are none.</summary>
    public static string? Intersect(string one, string other) => Covers(one, other) ? other : Covers(other, one) ? one : null;

    /// <summary>More specific names come first: exact, then by length, then every name.</summary>
    public static int CompareSpecificity(string one, string other)
    {
        int order = IsWildcard(one).CompareTo(IsWildcard(other));
        order = one.Length == 0 || other.Length == 0 ? other.Length.CompareTo(one.Length) : order;
        return order != 0 ? order : other.Length.CompareTo(one.Length);
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaxLabel && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
