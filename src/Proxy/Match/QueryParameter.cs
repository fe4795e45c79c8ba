using Microsoft.AspNetCore.WebUtilities;

namespace MeshInsight.Proxy.Match;

/// <summary>Looks parameters of a query up without taking the whole of it apart.</summary>
internal static class QueryParameter
{
    /// <param name="value">The first value of that name, decoded.</param>
    public static bool TryFind(string query, string name, out ReadOnlySpan<char> value)
    {
        foreach (var pair in new QueryStringEnumerable(query))
        {
            if (pair.DecodeName().Span.SequenceEqual(name))
            {
                value = pair.DecodeValue().Span;
                return true;
            }
        }

        value = default;
        return false;
    }
}
