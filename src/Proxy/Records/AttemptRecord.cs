using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Records;

/// <summary>The facts of one try on one endpoint.</summary>
internal sealed class AttemptRecord
{
    public required SpanId SpanId { get; set; }

    public required Workload Destination { get; set; }

    /// <summary><c>host:port</c>; empty when no endpoint was chosen.</summary>
    public required string Address { get; set; }

    /// <summary>SPIFFE id that the endpoint proves by mutual TLS; empty when it is called in plain text.</summary>
    public string PeerPrincipal { get; set; } = "";

    /// <summary>0 for the first try.</summary>
    public required int ResendCount { get; set; }

    public required long StartTimestamp { get; set; }

    /// <summary>0 before it has ended.</summary>
    public long EndTimestamp { get; set; }

    /// <summary>Nanoseconds the sidecar itself took for this try.</summary>
    public long ProxyNanos { get; set; }

    /// <summary>When the request was handed to the connection pool; 0 before.</summary>
    public long SentTimestamp { get; set; }

    /// <summary>When the response head was there; 0 before.</summary>
    public long HeadTimestamp { get; set; }

    /// <summary>From <see cref="SentTimestamp"/> to <see cref="HeadTimestamp"/>; 0 before.</summary>
    public long RoundTripNanos { get; set; }

    /// <summary>Outbound: the part of the round trip that the callee's sidecar had the request.</summary>
    public ServerTime ServerTime { get; set; } = ServerTime.Unknown;

    public ResponseFlags Flags { get; set; }

    public int Status { get; set; }

    public int GrpcStatus { get; set; } = -1;

    /// <summary>Whether <see cref="GrpcStatus"/> came with the head: nothing but it was sent.</summary>
    public bool IsTrailersOnly { get; set; }

    /// <summary>The sidecar of the upstream would not let it in, because its app has enough to do.</summary>
    public bool IsShed { get; set; }

    /// <summary>How long the upstream asked to be spared; zero when it did not.</summary>
    public TimeSpan RetryAfter { get; set; }

    /// <summary>A global rate limit refused it: any other endpoint would have, too.</summary>
    public bool IsLimitedEverywhere { get; set; }

    /// <summary>OpenTelemetry <c>error.type</c> of a transport failure; empty when a response came whole.</summary>
    public string ErrorType { get; set; } = "";

    /// <summary>HTTP version of the upstream exchange, "1.1" or "2".</summary>
    public string ProtocolVersion { get; set; } = "";

    public static AttemptRecord Empty() => new() { SpanId = default, Destination = Workload.Unknown, Address = "", ResendCount = 0, StartTimestamp = 0 };

    /// <summary>As <see cref="Empty"/> makes them.</summary>
    public void Reset()
    {
        SpanId = default;
        Destination = Workload.Unknown;
        Address = PeerPrincipal = ErrorType = ProtocolVersion = "";
        ResendCount = Status = 0;
        StartTimestamp = EndTimestamp = ProxyNanos = SentTimestamp = HeadTimestamp = RoundTripNanos = 0;
        ServerTime = ServerTime.Unknown;
        Flags = ResponseFlags.None;
        GrpcStatus = -1;
        IsTrailersOnly = IsLimitedEverywhere = IsShed = false;
        RetryAfter = default;
    }
}
