using System.Globalization;

namespace MeshInsight.Proxy.Match;

/// <summary>The service that a request's authority names.</summary>
internal static class Authority
{
    public const string Suffix = ".mesh";

    /// <summary><c>checkout.mesh:80</c>, <c>checkout</c> and <c>CHECKOUT.mesh.</c> all name <c>checkout</c> (compared without case by the caller).</summary>
    public static ReadOnlySpan<char> Service(ReadOnlySpan<char> authority)
    {
        var host = Host(authority);
        return host.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) ? host[..^Suffix.Length] : host;
    }

    /// <summary>The host that an authority names, as it is.</summary>
    public static ReadOnlySpan<char> Host(ReadOnlySpan<char> authority)
    {
        int colon = Colon(authority);
        return (colon >= 0 ? authority[..colon] : authority).TrimEnd('.');
    }

    /// <summary>The port that an authority names; 0 when it names none, or nonsense.</summary>
    public static int Port(ReadOnlySpan<char> authority)
    {
        int colon = Colon(authority);
        return colon >= 0 && ushort.TryParse(authority[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) ? port : 0;
    }

    // An IPv6 literal keeps its brackets and names no service anyway.
    private static int Colon(ReadOnlySpan<char> authority)
    {
        int colon = authority.LastIndexOf(':');
        return colon >= 0 && !authority[colon..].Contains(']') ? colon : -1;
    }
}
