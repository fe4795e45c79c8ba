using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Trace;

namespace MeshInsight.Proxy.Records;

/// <param name="Name">Of the FaultInjection.</param>
/// <param name="Kind">One of the values of <see cref="MeshAttributes.Fault"/>.</param>
internal sealed record InjectedFault(string Name, string Kind);

/// <summary>
/// The facts of one request through one side of the sidecar, gathered on the way and written down once at its end. Owned by the request;
/// one thread at a time, except the byte counters, which the two body directions keep apart. <see cref="RequestObserver"/> makes them and
/// uses them again.
/// </summary>
internal sealed class Exchange
{
    public required bool IsInbound { get; set; }

    public required HttpContext Context { get; set; }

    public required TraceContext Trace { get; set; }

    public required DateTimeOffset StartedAt { get; set; }

    public required long StartTimestamp { get; set; }

    /// <summary>0 before it has ended.</summary>
    public long EndTimestamp { get; set; }

    public required bool IsGrpc { get; set; }

    /// <summary>Inbound: the id of the SERVER span. Outbound: empty, every attempt has its own.</summary>
    public SpanId ServerSpanId { get; set; }

    /// <summary>Outbound: the SERVER span of this sidecar that the call belongs to; empty when not known.</summary>
    public SpanId InboundSpanId { get; set; }

    /// <summary>Timestamp until which the caller waits; 0 when it did not say. Outbound: the app's own, or that of the request it calls for.</summary>
    public long DeadlineTimestamp { get; set; }

    /// <summary>Until then; zero or less when it is over, null when the caller did not say.</summary>
    public TimeSpan? TimeLeft => DeadlineTimestamp == 0 ? null : Clock.GetElapsedTime(Clock.GetTimestamp(), DeadlineTimestamp);

    /// <summary>How much the request matters, as the mesh knows.</summary>
    public PriorityClass Priority { get; set; }

    /// <summary>The other side: who called (inbound) or who answers (outbound, set per attempt).</summary>
    public Workload Peer { get; set; } = Workload.Unknown;

    /// <summary>Inbound: the caller is a sidecar, which is told how long this one took.</summary>
    public bool IsFromSidecar { get; set; }

    /// <summary>SPIFFE id that the other side has proved by mutual TLS; empty on a plain connection.</summary>
    public string PeerPrincipal { get; set; } = "";

    /// <summary>IP address of the connection's other end, as text; empty when not known.</summary>
    public string RemoteAddress { get; set; } = "";

    /// <summary>Outbound: the service that was asked for.</summary>
    public string Service { get; set; } = "";

    public string RouteName { get; set; } = "";

    /// <summary>Path template of the matched rule; null when there is none.</summary>
    public string? RouteTemplate { get; set; }

    public string ClusterName { get; set; } = "";

    /// <summary>The path as the client sent it, when a route has rewritten it; else null.</summary>
    public string? OriginalPath { get; set; }

    public ResponseFlags Flags { get; set; }

    /// <summary>HTTP status that the client got; 0 when it left before.</summary>
    public int Status { get; set; }

    /// <summary>-1 when the response carried none.</summary>
    public int GrpcStatus { get; set; } = -1;

    /// <summary>What went wrong, for the log; empty when nothing did.</summary>
    public string FailureReason { get; set; } = "";

    /// <summary>What audits and dry runs of policies have to say; empty when nothing. Makes a line in every log that is on.</summary>
    public string PolicyNote { get; set; } = "";

    /// <summary>Outbound: what was done to the request on purpose; null when nothing.</summary>
    public InjectedFault? Fault { get; set; }

    /// <summary>Flags of every attempt, beside its own.</summary>
    public ResponseFlags Injected { get; set; }

    /// <summary>Outbound: when the first attempt begins, if that is later than the request, which was made to wait; else 0.</summary>
    public long TriesTimestamp { get; set; }

    /// <summary>Null for all requests but those that are to be explained.</summary>
    public WhyNotes? Why { get; set; }

    public int Attempts { get; set; }

    public AttemptRecord? LastAttempt { get; set; }

    /// <summary>Nanoseconds the sidecar itself took, over all tries: from arrival to handing the request on, and from the response's head to passing that on.</summary>
    public long ProxyNanos { get; set; }

    public BodyCount Request { get; } = new();

    public BodyCount Response { get; } = new();

    /// <summary>Of all timestamps here.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public TimeSpan Duration => Clock.GetElapsedTime(StartTimestamp, EndTimestamp);

    public long NanosSinceStart(long timestamp) => Clock.GetElapsedTime(StartTimestamp, timestamp).Ticks * 100;

    /// <summary>The record of the first try, which most requests do not go beyond.</summary>
    public AttemptRecord FirstAttempt { get; } = AttemptRecord.Empty();

    /// <summary>As new, for the next request.</summary>
    public void Reset()
    {
        Context = null!;
        Trace = default;
        StartedAt = default;
        StartTimestamp = EndTimestamp = 0;
        Priority = PriorityClass.Unset;
        IsInbound = IsGrpc = IsFromSidecar = false;
        ServerSpanId = InboundSpanId = default;
        DeadlineTimestamp = TriesTimestamp = ProxyNanos = 0;
        Peer = Workload.Unknown;
        PeerPrincipal = RemoteAddress = Service = RouteName = ClusterName = FailureReason = PolicyNote = "";
        RouteTemplate = OriginalPath = null;
        Fault = null;
        Why = null;
        Flags = Injected = ResponseFlags.None;
        Status = Attempts = 0;
        GrpcStatus = -1;
        LastAttempt = null;
        Request.Reset();
        Response.Reset();
        FirstAttempt.Reset();
    }

    /// <summary>gRPC status of the response that means the service failed, not the caller (OpenTelemetry RPC semantic conventions, server side).</summary>
    public static bool IsGrpcFailure(int grpcStatus) => grpcStatus is 2 or 4 or 12 or 13 or 14 or 15;
}
