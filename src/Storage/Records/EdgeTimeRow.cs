using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Records;

/// <summary>Who had a request, until its response's head was passed on.</summary>
public enum EdgePart
{
    /// <summary>The caller's sidecar.</summary>
    ClientProxy,

    /// <summary>Both kernels, what is between them, and connecting.</summary>
    Network,

    /// <summary>The callee's sidecar.</summary>
    ServerProxy,

    /// <summary>The callee itself.</summary>
    App,
}

/// <summary>One part of the time of calls from one version to another within one second. Rows of the same second and key add up.</summary>
/// <param name="UnixSeconds">Start of the second.</param>
/// <param name="Time">Read while it is written, not kept.</param>
public sealed record EdgeTimeRow(
    long UnixSeconds,
    string Source,
    string SourceVersion,
    string Destination,
    string DestinationVersion,
    EdgePart Part,
    LatencySketch Time)
{
    /// <summary>The part's name in the table.</summary>
    public static string NameOf(EdgePart part) => part switch
    {
        EdgePart.ClientProxy => "client_proxy",
        EdgePart.Network => "network",
        EdgePart.ServerProxy => "server_proxy",
        _ => "app",
    };
}
