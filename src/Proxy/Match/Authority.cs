namespace MeshInsight.Proxy.Match;

/// <summary>The service that a request's authority names.</summary>
internal static class Authority
{
    public const string Suffix = ".mesh";

    /// <summary><c>checkout.mesh:80</c>, <c>checkout</c> and <c>CHECKOUT.mesh.</c> all name <c>checkout</c> (compared without case by the caller).</summary>
    public static ReadOnlySpan<char> Service(ReadOnlySpan<char> authority)
    {
        // An IPv6 literal keeps its brackets and names no service anyway.
        int colon = authority.LastIndexOf(':');
        var host = colon >= 0 && !authority[colon..].Contains(']') ? authority[..colon] : authority;
        host = host.TrimEnd('.');
        return host.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) ? host[..^Suffix.Length] : host;
    }
}
