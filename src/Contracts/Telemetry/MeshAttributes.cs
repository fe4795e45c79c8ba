namespace MeshInsight.Contracts.Telemetry;

/// <summary>Span attributes that sidecars write and the collector and portal read, beside OpenTelemetry's own names.</summary>
public static class MeshAttributes
{
    /// <summary>Scope name of every span a sidecar makes.</summary>
    public const string ProxyScope = "MeshInsight.Proxy";

    /// <summary>CLIENT spans: the service, version and instance that answered (or was chosen).</summary>
    public const string DestinationService = "mesh.destination.service";
    public const string DestinationVersion = "mesh.destination.version";
    public const string DestinationInstance = "mesh.destination.instance";

    /// <summary>SERVER spans: the caller as its sidecar named itself.</summary>
    public const string SourceService = "mesh.source.service";
    public const string SourceVersion = "mesh.source.version";

    /// <summary>SPIFFE id that the other side of the hop has proved by mutual TLS; absent on plain connections.</summary>
    public const string PeerPrincipal = "mesh.peer.principal";

    /// <summary>critical, high, medium or low: how much the request matters; absent where nobody has said. Also a label of request metrics, as <c>priority</c>.</summary>
    public const string Priority = "mesh.priority";

    /// <summary>Name of the route that matched.</summary>
    public const string Route = "mesh.route";
    public const string PolicyNote = "mesh.policy_note";

    /// <summary>Envoy response flags, comma-separated ("UF,URX"); absent when none.</summary>
    public const string ResponseFlags = "mesh.response_flags";

    /// <summary>CLIENT spans: the SERVER span of the same sidecar that was open for this trace; lets a waterfall join hops whose app exports no spans.</summary>
    public const string InboundSpanId = "mesh.inbound_span_id";

    /// <summary>The request was to be explained: its spans carry events <c>mesh.why.…</c>, and its trace is kept.</summary>
    public const string Why = "mesh.why";

    /// <summary>Name of such an event is this and its subject: route, backend, endpoint, try, policy.</summary>
    public const string WhyEventPrefix = "mesh.why.";

    /// <summary>The only attribute of such an event: words.</summary>
    public const string WhyText = "text";

    /// <summary>
    /// Where the time until the response's head went on, microseconds. CLIENT spans: the caller's sidecar, and when the callee's sidecar said how long it took, the
    /// other three; they add up. SERVER spans: the sidecar itself and the app.
    /// </summary>
    public const string ClientProxyTime = "mesh.time.client_proxy_us";
    public const string NetworkTime = "mesh.time.network_us";
    public const string ServerProxyTime = "mesh.time.server_proxy_us";
    public const string AppTime = "mesh.time.app_us";

    /// <summary>CLIENT spans: what the caller's sidecar did to the call on purpose, one of the values below; absent when nothing.</summary>
    public const string Fault = "mesh.fault";

    /// <summary>CLIENT spans: the FaultInjection that did it.</summary>
    public const string FaultInjection = "mesh.fault.injection";

    /// <summary>The call waited before this span began, then went its way: how it ended is the callee's own.</summary>
    public const string FaultDelay = "delay";

    /// <summary>The call was answered in the callee's stead, which never saw it.</summary>
    public const string FaultAbort = "abort";

    /// <summary>The call waited until its time was over; the callee never saw it.</summary>
    public const string FaultTimeout = "timeout";
}
