using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Balance;

/// <summary>What it costs to send a request from our zone to another: what the user says, else 0 for the same zone, 1 for the same region, 2 for elsewhere.</summary>
internal sealed class ZoneCosts(string self, IReadOnlyList<EgressCost> declared)
{
    public double To(string zone) =>
        declared.FirstOrDefault(c => c.From == self && c.To == zone) is { } said ? said.Cost
        : zone == self ? 0
        : Region(zone) is { Length: > 0 } region && region.SequenceEqual(Region(self)) ? 1
        : 2;

    // `region/zone`, as Istio writes localities; a zone without a region is near nobody.
    private static ReadOnlySpan<char> Region(string zone)
    {
        int slash = zone.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 ? zone.AsSpan(0, slash) : default;
    }
}
