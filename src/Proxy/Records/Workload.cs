namespace MeshInsight.Proxy.Records;

/// <summary>One side of a request. Empty texts when not known.</summary>
internal readonly record struct Workload(string Service, string Version, string Instance)
{
    public static Workload Unknown { get; } = new("", "", "");
}
