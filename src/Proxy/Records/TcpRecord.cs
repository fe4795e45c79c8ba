using System.Net;
using MeshInsight.Proxy.Relay;

namespace MeshInsight.Proxy.Records;

/// <summary>The book of one connection that is relayed as bytes, as <see cref="Exchange"/> is that of a request. Used by one flow of control at a time.</summary>
internal sealed class TcpRecord
{
    public required bool IsInbound { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required long StartTimestamp { get; init; }

    public required IPEndPoint? DownstreamRemote { get; init; }

    public required IPEndPoint? DownstreamLocal { get; init; }

    /// <summary>What the client called us in its TLS hello; empty when it did not say, or nobody looked.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>The other side: who connected (inbound) or who is connected to (outbound).</summary>
    public Workload Peer { get; set; } = Workload.Unknown;

    /// <summary>SPIFFE id that the other side has proved; empty on a plain connection.</summary>
    public string PeerPrincipal { get; set; } = "";

    public string RouteName { get; set; } = "";

    public string ClusterName { get; set; } = "";

    /// <summary><c>host:port</c> of the endpoint, or of the app; empty when none was tried.</summary>
    public string Address { get; set; } = "";

    /// <summary>Endpoints that were tried.</summary>
    public int Attempts { get; set; }

    public ResponseFlags Flags { get; set; }

    /// <summary>Why the connection was refused or ended, in words; empty when both ends just finished.</summary>
    public string Details { get; set; } = "";

    /// <summary>Why the endpoint could not be connected to; empty when it could.</summary>
    public string TransportFailure { get; set; } = "";

    /// <summary>What audits and dry runs have to say.</summary>
    public string PolicyNote { get; set; } = "";

    /// <summary>Bytes of this connection; those of its series with it.</summary>
    public RelayCount? Count { get; set; }
}
