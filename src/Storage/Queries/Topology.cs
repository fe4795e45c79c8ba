namespace MeshInsight.Storage.Queries;

/// <summary>One step of a sparkline.</summary>
/// <param name="ErrorShare">0..1; NaN without requests.</param>
public readonly record struct Spark(double RequestsPerSecond, double ErrorShare);

/// <param name="Sparks">One per step of the window, oldest first.</param>
public sealed record TopologyNode(string Service, string Version, Red Red, IReadOnlyList<Spark> Sparks);

/// <param name="Client">As the caller's sidecar measured it; without requests when it reported none.</param>
/// <param name="Server">As the callee's sidecar measured it; without requests when it reported none.</param>
/// <param name="Sparks">Of the client side, or of the server side when the client reported nothing. One per step, oldest first.</param>
public sealed record TopologyEdge(
    string Source,
    string SourceVersion,
    string Destination,
    string DestinationVersion,
    string Protocol,
    Red Client,
    Red Server,
    IReadOnlyList<Spark> Sparks)
{
    /// <summary>The client's view, or the server's when the client reported nothing.</summary>
    public Red Red => Client.Requests > 0 ? Client : Server;
}

/// <summary>Who called whom in a window, split by version.</summary>
/// <param name="StepSeconds">Of the sparklines.</param>
public sealed record TopologyView(IReadOnlyList<TopologyNode> Nodes, IReadOnlyList<TopologyEdge> Edges, DateTimeOffset From, DateTimeOffset To, long StepSeconds);
