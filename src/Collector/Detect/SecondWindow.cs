using System.Runtime.InteropServices;

namespace MeshInsight.Collector.Detect;

/// <summary>Numbers are names of the <see cref="NameTable"/>.</summary>
/// <param name="Proxy">Counted from a sidecar's span. A service with sidecar spans is counted from these alone, its own SERVER spans would count twice.</param>
internal readonly record struct RedKey(int Service, int Version, int Instance, int Operation, bool Proxy);

/// <param name="Protocol"><c>http</c>, <c>grpc</c> or empty.</param>
/// <param name="IsServerSide">As the callee's sidecar saw the call; then without instance.</param>
internal readonly record struct EdgeKey(int Source, int SourceVersion, int Destination, int DestinationVersion, int DestinationInstance, string Protocol, bool IsServerSide = false);

/// <summary>Counts of one second while spans still come in for it. Not thread-safe.</summary>
internal sealed class SecondWindow(CellPool pool)
{
    public long Second { get; set; }

    /// <summary>True for a further window of a second that was closed before.</summary>
    public bool IsStraggler { get; set; }

    public Dictionary<RedKey, WindowCell> Red { get; } = [];

    public Dictionary<EdgeKey, WindowCell> Edges { get; } = [];

    public WindowCell Cell(in RedKey key)
    {
        ref var cell = ref CollectionsMarshal.GetValueRefOrAddDefault(Red, key, out _);
        return cell ??= pool.Rent();
    }

    public WindowCell Cell(in EdgeKey key)
    {
        ref var cell = ref CollectionsMarshal.GetValueRefOrAddDefault(Edges, key, out _);
        return cell ??= pool.Rent();
    }

    /// <summary>Gives every name its new number; rows that become one are added up.</summary>
    public void Rename(Func<int, int> rename)
    {
        var red = Red.ToArray();
        var edges = Edges.ToArray();
        Red.Clear();
        Edges.Clear();
        foreach (var (key, cell) in red)
        {
            Put(Cell(new RedKey(rename(key.Service), rename(key.Version), rename(key.Instance), rename(key.Operation), key.Proxy)), cell);
        }

        foreach (var (key, cell) in edges)
        {
            var renamed = new EdgeKey(
                rename(key.Source), rename(key.SourceVersion), rename(key.Destination), rename(key.DestinationVersion), rename(key.DestinationInstance), key.Protocol, key.IsServerSide);
            Put(Cell(renamed), cell);
        }
    }

    public void Clear()
    {
        foreach (var cell in Red.Values)
        {
            pool.Return(cell);
        }

        foreach (var cell in Edges.Values)
        {
            pool.Return(cell);
        }

        Red.Clear();
        Edges.Clear();
    }

    private void Put(WindowCell place, WindowCell cell)
    {
        place.Merge(cell);
        pool.Return(cell);
    }
}
