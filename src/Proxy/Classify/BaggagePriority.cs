using MeshInsight.Contracts.Mesh;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Proxy.Classify;

/// <summary>
/// The class of a request as a member of W3C baggage (https://www.w3.org/TR/baggage/), which apps pass on anyway:
/// <code>
/// baggage: userId=alice,mesh.priority=critical                           between sidecars
/// baggage: userId=alice,mesh.priority=critical,mesh.priority.proof=1f…   from a sidecar to its app, and back
/// </code>
/// The proof is a member of its own: what baggage calls properties, some SDKs take for part of the value. Others' members stay as they are.
/// </summary>
internal static class BaggagePriority
{
    public const string Member = "mesh.priority";
    public const string ProofMember = "mesh.priority.proof";

    /// <param name="proof">What came with it; empty for none. Valid as long as the header.</param>
    /// <returns>Unset where the baggage does not say, or not so that we understand.</returns>
    public static PriorityClass Read(StringValues baggage, out ReadOnlySpan<char> proof)
    {
        var priority = PriorityClass.Unset;
        proof = default;
        for (int i = 0; i < baggage.Count; i++)
        {
            var rest = baggage[i].AsSpan();
            while (!rest.IsEmpty)
            {
                var member = Cut(ref rest);
                var name = Split(member, out var value);
                if (name is Member && priority == PriorityClass.Unset)
                {
                    priority = PriorityClasses.Parse(value);
                }
                else if (name is ProofMember && proof.IsEmpty)
                {
                    proof = value;
                }
            }
        }

        return priority;
    }

    /// <summary>Puts our members in the place of those that came.</summary>
    /// <param name="members">Empty to leave none.</param>
    public static void Write(IHeaderDictionary headers, string members)
    {
        var came = headers.Baggage;
        if (came.Count == 0 && members.Length == 0)
        {
            return;
        }

        string others = came.Count == 0 || (came.Count == 1 && came[0] == members) ? "" : Others(came);
        headers.Baggage = others.Length > 0 && members.Length > 0 ? $"{others},{members}" : others.Length > 0 ? others : members.Length > 0 ? members : default(StringValues);
    }

    private static string Others(StringValues baggage)
    {
        string all = baggage.ToString();
        if (!all.Contains(Member, StringComparison.Ordinal))
        {
            return all;
        }

        var kept = new List<string>();
        var rest = all.AsSpan();
        while (!rest.IsEmpty)
        {
            var member = Cut(ref rest);
            if (Split(member, out _) is not (Member or ProofMember))
            {
                kept.Add(member.Trim().ToString());
            }
        }

        return string.Join(',', kept);
    }

    private static ReadOnlySpan<char> Cut(scoped ref ReadOnlySpan<char> rest)
    {
        int comma = rest.IndexOf(',');
        var member = comma < 0 ? rest : rest[..comma];
        rest = comma < 0 ? default : rest[(comma + 1)..];
        return member;
    }

    // list-member = key OWS "=" OWS value *( OWS ";" OWS property )
    private static ReadOnlySpan<char> Split(ReadOnlySpan<char> member, out ReadOnlySpan<char> value)
    {
        int properties = member.IndexOf(';');
        member = properties < 0 ? member : member[..properties];
        int equals = member.IndexOf('=');
        value = equals < 0 ? default : member[(equals + 1)..].Trim();
        return (equals < 0 ? member : member[..equals]).Trim();
    }
}
