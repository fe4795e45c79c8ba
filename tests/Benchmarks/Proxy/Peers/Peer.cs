namespace MeshInsight.Benchmarks.Proxy.Peers;

/// <summary>One or more hops that together stand between client and upstream; the first takes the requests.</summary>
/// <param name="TracingFactor">What its CPU is multiplied by where the build at hand cannot trace; 1 for none.</param>
internal sealed record Peer(string Name, IReadOnlyList<PeerProcess> Hops, double TracingFactor = 1) : IAsyncDisposable
{
    public Uri Url => Hops[0].Url;

    public int[] ProcessIds => [.. Hops.Select(hop => hop.Id)];

    public async ValueTask DisposeAsync()
    {
        foreach (var hop in Hops)
        {
            await hop.DisposeAsync();
        }
    }
}
