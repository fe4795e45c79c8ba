namespace MeshInsight.Collector.Detect;

/// <summary>One operation of one instance in one second.</summary>
internal readonly record struct RedRow(string Service, string Version, string Instance, string Operation, WindowCell Cell);

/// <summary>One caller version and one callee instance in one second.</summary>
internal readonly record struct EdgeRow(string Source, string SourceVersion, string Destination, string DestinationVersion, string DestinationInstance, string Protocol, WindowCell Cell);

/// <summary>
/// The counts of one second, complete but for stragglers. Valid only while the handler that receives it runs: its cells are counted into again afterwards.
/// </summary>
/// <param name="IsStraggler">A further window of a second that was closed before; its counts add to the earlier one's.</param>
/// <param name="Instances">Rows of <paramref name="Operations"/> summed per service, version and instance; <see cref="RedRow.Operation"/> is empty.</param>
/// <param name="Edges">As the callers saw them, from CLIENT spans.</param>
/// <param name="ServerEdges">The same calls as the callees' sidecars saw them: without the network, and without calls that never arrived.</param>
internal sealed record ClosedWindow(
    long UnixSeconds,
    bool IsStraggler,
    IReadOnlyList<RedRow> Operations,
    IReadOnlyList<RedRow> Instances,
    IReadOnlyList<EdgeRow> Edges,
    IReadOnlyList<EdgeRow> ServerEdges);
