namespace MeshInsight.Proxy.Records;

/// <summary>One side of a request. Empty texts when not known.</summary>
internal readonly record struct Workload(string Service, string Version, string Instance)
{
    public static Workload Unknown { get; } = new("", "", "");

    /// <summary>Istio's name for all that an app calls outside the mesh without its being declared.</summary>
    public static Workload Passthrough { get; } = new("PassthroughCluster", "", "");
}
