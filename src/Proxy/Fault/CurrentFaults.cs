using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Fault;

/// <summary>The faults in force for one caller. Replaced whole; readers take them once per request.</summary>
internal sealed class CurrentFaults(string caller)
{
    private FaultTable? _table;

    /// <summary>Null when there is none for this caller.</summary>
    public FaultTable? Table => Volatile.Read(ref _table);

    /// <summary>Called by one thread at a time (the snapshot stream).</summary>
    public void Use(IReadOnlyList<FaultConfig> faults)
    {
        var own = faults.Where(f => f.Callers.Count == 0 || f.Callers.Contains(caller)).ToList();
        Volatile.Write(ref _table, own.Count == 0 ? null : new(own, _table));
    }
}
