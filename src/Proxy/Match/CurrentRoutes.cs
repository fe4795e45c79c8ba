using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Match;

/// <summary>The table in force. Replaced whole; readers take it once per request.</summary>
internal sealed class CurrentRoutes(TimeProvider time, string zone = "", string gateway = "")
{
    private RouteTable _table = RouteTable.Empty;

    public RouteTable Table => Volatile.Read(ref _table);

    /// <summary>Called by one thread at a time (the snapshot stream).</summary>
    public void Use(MeshSnapshot snapshot) => Volatile.Write(ref _table, RouteTable.Compile(snapshot, _table, time, zone, gateway));
}
