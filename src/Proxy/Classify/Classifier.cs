using System.Security.Cryptography;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Classify;

/// <summary>
/// What class a request is of (docs/decisions/0131). In this order:
/// <list type="number">
/// <item>what another sidecar of the mesh says, or the request that the app makes this call for, or an app that passes on what its own sidecar signed</item>
/// <item>at the entry, where nobody of the mesh has said: the route's header, then its default</item>
/// <item>what anybody else says counts only if it is lower: nobody can push ahead by a header</item>
/// </list>
/// Thread-safe; allocates only where baggage must be written anew.
/// </summary>
internal sealed class Classifier
{
    private static readonly string[] ToSidecar = [.. Enum.GetValues<PriorityClass>().Select(Member)];

    // Made anew with every start and known to nobody but the app: it shows that a class went through this sidecar.
    private readonly string[] _proofs = [.. ToSidecar.Select(_ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)))];
    private readonly string[] _toApp;

    public Classifier()
    {
        _toApp = [.. ToSidecar.Select((member, i) => member.Length == 0 ? "" : $"{member},{BaggagePriority.ProofMember}={_proofs[i]}")];
    }

    /// <summary>A request to the app.</summary>
    /// <param name="isFromMesh">Another sidecar has sent it.</param>
    public PriorityClass Inbound(IHeaderDictionary headers, bool isFromMesh, PriorityConfig? entry)
    {
        var said = BaggagePriority.Read(headers.Baggage, out _);
        var priority = isFromMesh && said != PriorityClass.Unset ? said : Lower(AtEntry(headers, entry), said);
        BaggagePriority.Write(headers, _toApp[(int)priority]);
        return priority;
    }

    /// <summary>A call by the app.</summary>
    /// <param name="inherited">Of the request that the call is made for; unset when that is not known.</param>
    public PriorityClass Outbound(IHeaderDictionary headers, PriorityClass inherited, PriorityConfig? entry)
    {
        var said = BaggagePriority.Read(headers.Baggage, out var proof);
        var known = inherited != PriorityClass.Unset ? inherited
            : said != PriorityClass.Unset && proof.SequenceEqual(_proofs[(int)said]) ? said
            : AtEntry(headers, entry);
        var priority = Lower(known, said);
        BaggagePriority.Write(headers, ToSidecar[(int)priority]);
        return priority;
    }

    /// <summary>The header <c>baggage</c> of a request of ours to another sidecar.</summary>
    public static string Baggage(PriorityClass priority) => ToSidecar[(int)priority];

    /// <summary>Marks what leaves as of this class, whatever it was.</summary>
    public static void Set(IHeaderDictionary headers, PriorityClass priority) => BaggagePriority.Write(headers, ToSidecar[(int)priority]);

    private static PriorityClass Lower(PriorityClass known, PriorityClass said) => said != PriorityClass.Unset && said.Rank() > known.Rank() ? said : known;

    private static PriorityClass AtEntry(IHeaderDictionary headers, PriorityConfig? entry) =>
        entry is null ? PriorityClass.Unset
        : entry.Header.Length > 0 && headers.TryGetValue(entry.Header, out var value) && value.Count == 1 && entry.Values.TryGetValue(value[0]!, out var meant) ? meant
        : entry.Default;

    private static string Member(PriorityClass priority) => priority == PriorityClass.Unset ? "" : $"{BaggagePriority.Member}={priority.Text()}";
}
