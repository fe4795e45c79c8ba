namespace MeshInsight.Proxy.Metrics;

internal enum MetricType
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One metric of the sidecar.</summary>
/// <param name="Unit">UCUM, as OTLP has it.</param>
internal sealed record MetricInfo(string Name, MetricType Type, string Unit, string Description)
{
    public string PrometheusType => Type switch
    {
        MetricType.Counter => "counter",
        MetricType.Gauge => "gauge",
        _ => "histogram",
    };
}

/// <summary>Every metric that a sidecar exposes, once.</summary>
internal static class MetricTable
{
    public static readonly MetricInfo Requests = new("istio_requests_total", MetricType.Counter, "{request}", "Requests, one per exchange whatever the number of tries.");
    public static readonly MetricInfo Duration = new("istio_request_duration_milliseconds", MetricType.Histogram, "ms", "From the request's arrival to the end of its response.");
    public static readonly MetricInfo RequestBytes = new("istio_request_bytes", MetricType.Histogram, "By", "Size of request bodies.");
    public static readonly MetricInfo ResponseBytes = new("istio_response_bytes", MetricType.Histogram, "By", "Size of response bodies.");
    public static readonly MetricInfo RequestMessages = new("istio_request_messages_total", MetricType.Counter, "{message}", "gRPC messages that clients sent.");
    public static readonly MetricInfo ResponseMessages = new("istio_response_messages_total", MetricType.Counter, "{message}", "gRPC messages that services sent.");
    public static readonly MetricInfo EdgeRequests = new("mesh_edge_requests_total", MetricType.Counter, "{request}", "Tries of calls whose time is split, by both ends.");
    public static readonly MetricInfo EdgeTime = new("mesh_edge_time_seconds_total", MetricType.Counter, "s", "Where their time went until the response's head was passed on, by part: client_proxy, network, server_proxy, app.");
    public static readonly MetricInfo SeriesHeld = new("mesh_proxy_metric_series", MetricType.Gauge, "{series}", "Series of request and edge metrics, without the overflow's.");
    public static readonly MetricInfo SeriesExpired = new("mesh_proxy_metric_series_expired_total", MetricType.Counter, "{series}", "Series that were removed after ten minutes without use.");
    public static readonly MetricInfo SeriesOverflow = new("mesh_proxy_metric_overflow_total", MetricType.Counter, "{request}", "Requests that counted in an overflow series because there were 2,000 others.");
    public static readonly MetricInfo SnapshotVersion = new("mesh_proxy_snapshot_version", MetricType.Gauge, "1", "Version of the mesh snapshot in force; 0 for none.");
    public static readonly MetricInfo ControlConnected = new("mesh_proxy_control_connected", MetricType.Gauge, "1", "1 while the stream to the control plane is open.");
    public static readonly MetricInfo CertificateEnd = new("identity_cert_expiration_timestamp_seconds", MetricType.Gauge, "s", "When the certificate in force ends, Unix time; 0 without one.");
    public static readonly MetricInfo Handshakes = new("mesh_proxy_tls_handshakes_total", MetricType.Counter, "{handshake}", "Connections within mutual TLS that were opened to and from peers.");
    public static readonly MetricInfo HandshakesRefused = new("mesh_proxy_tls_handshakes_refused_total", MetricType.Counter, "{handshake}", "Connections to and from peers that failed for who the peer is.");
    public static readonly MetricInfo SpansSent = new("mesh_proxy_spans_sent_total", MetricType.Counter, "{span}", "Spans that the collector took.");
    public static readonly MetricInfo SpansDropped = new("mesh_proxy_spans_dropped_total", MetricType.Counter, "{span}", "Spans that never reached the collector, by reason.");
    public static readonly MetricInfo LogsSent = new("mesh_proxy_logs_sent_total", MetricType.Counter, "{record}", "Records of failed requests that the collector took.");
    public static readonly MetricInfo LogsDropped = new("mesh_proxy_logs_dropped_total", MetricType.Counter, "{record}", "Access log records that were lost, by reason.");
    public static readonly MetricInfo SendFailures = new("mesh_proxy_export_failures_total", MetricType.Counter, "{try}", "Failed tries to reach the collector.");
    public static readonly MetricInfo MembershipTotal = new("envoy_cluster_membership_total", MetricType.Gauge, "{endpoint}", "Endpoints of the cluster.");
    public static readonly MetricInfo MembershipHealthy = new("envoy_cluster_membership_healthy", MetricType.Gauge, "{endpoint}", "Endpoints that are ready, not ejected and not failing health checks.");
    public static readonly MetricInfo Panicking = new("mesh_proxy_cluster_panicking", MetricType.Gauge, "1", "1 while so few endpoints are healthy that all ready ones are used.");
    public static readonly MetricInfo EjectionsActive = new("envoy_cluster_outlier_detection_ejections_active", MetricType.Gauge, "{endpoint}", "Endpoints that are ejected now.");
    public static readonly MetricInfo Ejections = new("envoy_cluster_outlier_detection_ejections_enforced_total", MetricType.Counter, "{ejection}", "Ejections, failed probes included.");
    public static readonly MetricInfo EjectionsRefused = new("envoy_cluster_outlier_detection_ejections_overflow", MetricType.Counter, "{ejection}", "Ejections that did not happen because too many endpoints were out.");
    public static readonly MetricInfo HealthChecks = new("envoy_cluster_health_check_attempt", MetricType.Counter, "{check}", "Active health checks made.");
    public static readonly MetricInfo HealthCheckFailures = new("envoy_cluster_health_check_failure", MetricType.Counter, "{check}", "Active health checks that failed.");
    public static readonly MetricInfo BreakerRequests = new("envoy_cluster_upstream_rq_active", MetricType.Gauge, "{request}", "Tries in flight, of clusters with a circuit breaker.");
    public static readonly MetricInfo BreakerPending = new("envoy_cluster_upstream_rq_pending_active", MetricType.Gauge, "{request}", "Requests that wait for a connection.");
    public static readonly MetricInfo ConnectionsOpen = new("envoy_cluster_circuit_breakers_default_cx_open", MetricType.Gauge, "1", "1 while the limit of connections is reached.");
    public static readonly MetricInfo PendingOpen = new("envoy_cluster_circuit_breakers_default_rq_pending_open", MetricType.Gauge, "1", "1 while the limit of waiting requests is reached.");
    public static readonly MetricInfo RequestsOpen = new("envoy_cluster_circuit_breakers_default_rq_open", MetricType.Gauge, "1", "1 while the limit of requests is reached.");
    public static readonly MetricInfo RetriesOpen = new("envoy_cluster_circuit_breakers_default_rq_retry_open", MetricType.Gauge, "1", "1 while the limit of retries is reached.");
    public static readonly MetricInfo ConnectionOverflow = new("envoy_cluster_upstream_cx_overflow", MetricType.Counter, "{request}", "Requests that found every connection in use.");
    public static readonly MetricInfo PendingOverflow = new("envoy_cluster_upstream_rq_pending_overflow", MetricType.Counter, "{request}", "Requests that a circuit breaker refused (UO).");
    public static readonly MetricInfo RetryOverflow = new("envoy_cluster_upstream_rq_retry_overflow", MetricType.Counter, "{retry}", "Retries that a circuit breaker refused (UO).");
    public static readonly MetricInfo MirrorCopies = new("mesh_proxy_mirror_copies_total", MetricType.Counter, "{request}", "Copies of requests that were sent to a mirror.");
    public static readonly MetricInfo MirrorLost = new("mesh_proxy_mirror_lost_total", MetricType.Counter, "{request}", "Requests to be mirrored that were not compared, by reason: busy, no_endpoint, slow, cut.");
    public static readonly MetricInfo MirrorCompared = new("mesh_proxy_mirror_compared_total", MetricType.Counter, "{request}", "Mirrored requests by the status of the original and of its copy.");
    public static readonly MetricInfo MirrorDuration = new("mesh_proxy_mirror_duration_milliseconds", MetricType.Histogram, "ms", "From sending to the response head, of mirrored requests and of their copies.");
    public static readonly MetricInfo RateLimited = new("mesh_proxy_rate_limited_total", MetricType.Counter, "{request}", "Requests that a rate limit refused, by reason: total, identity, override, global (RL), away (RLSE).");
    public static readonly MetricInfo RateLimitIdentities = new("mesh_proxy_rate_limit_identities", MetricType.Gauge, "{caller}", "Callers that a rate limit tells apart now.");
    public static readonly MetricInfo RateLimitCrowded = new("mesh_proxy_rate_limit_crowded_total", MetricType.Counter, "{request}", "Requests of callers that found no bucket free and share one.");
    public static readonly MetricInfo RateLimitKeys = new("mesh_proxy_rate_limit_keys", MetricType.Gauge, "{key}", "Keys of a global rate limit that this sidecar has tokens for, or had.");
    public static readonly MetricInfo RateLimitWaits = new("mesh_proxy_rate_limit_waits_total", MetricType.Counter, "{request}", "Requests that waited for tokens of a global rate limit.");
    public static readonly MetricInfo RateLimitFailedOpen = new("mesh_proxy_rate_limit_failed_open_total", MetricType.Counter, "{request}", "Requests that passed a global rate limit because the control plane was away.");
    public static readonly MetricInfo FaultsInjected = new("mesh_proxy_faults_injected_total", MetricType.Counter, "{request}", "Faults injected, by kind: delay (DI), abort (FI).");
    public static readonly MetricInfo FaultsActive = new("mesh_proxy_faults_active", MetricType.Gauge, "{request}", "Requests under a fault now.");
    public static readonly MetricInfo FaultsOverflow = new("mesh_proxy_faults_overflow_total", MetricType.Counter, "{request}", "Requests that were spared because too many were under a fault.");
    public static readonly MetricInfo GatewayCertificateEnd = new("mesh_proxy_gateway_certificate_expiration_timestamp_seconds", MetricType.Gauge, "s", "When a certificate ends that a gateway shows to clients, Unix time; 0 while none could be read.");
    public static readonly MetricInfo Captured = new("mesh_proxy_captured_connections_total", MetricType.Counter, "{connection}", "Connections that iptables redirected here, by side and by what they were taken for: http, routed (bytes for a service or a declared host), bytes (relayed to where they went), refused, unreachable, not_redirected (closed).");
    public static readonly MetricInfo CapturedOpen = new("mesh_proxy_captured_relays", MetricType.Gauge, "{connection}", "Captured connections that are being relayed now, by side.");
    public static readonly MetricInfo CapturedBytes = new("mesh_proxy_captured_bytes_total", MetricType.Counter, "By", "Bytes of captured connections that were relayed, by side and direction.");
    public static readonly MetricInfo ConnectionsClosed = new("mesh_proxy_connections_closed_total", MetricType.Counter, "{connection}", "Connections that were closed for what their client did, by side and reason: premature_resets, too_many_connections, first_bytes_timeout, tls_handshake_failed, invalid_request, headers_too_large, headers_timeout, too_slow, http2_error. In OTLP, too.");
    public static readonly MetricInfo TcpOpened = new("istio_tcp_connections_opened_total", MetricType.Counter, "{connection}", "Connections that came to be relayed as bytes.");
    public static readonly MetricInfo TcpClosed = new("istio_tcp_connections_closed_total", MetricType.Counter, "{connection}", "Connections that ended, refused ones included, by how (response_flags).");
    public static readonly MetricInfo TcpReceived = new("istio_tcp_received_bytes_total", MetricType.Counter, "By", "Bytes that clients sent on connections, counted while they live.");
    public static readonly MetricInfo TcpSent = new("istio_tcp_sent_bytes_total", MetricType.Counter, "By", "Bytes that clients were sent on connections, counted while they live.");
    public static readonly MetricInfo RelaysOpen = new("mesh_proxy_relays_open", MetricType.Gauge, "{connection}", "Connections that are being relayed as bytes now, captured ones included.");
    public static readonly MetricInfo AdmissionActive = new("mesh_proxy_admission_active", MetricType.Gauge, "{request}", "Requests that the app works on, where a policy bounds them.");
    public static readonly MetricInfo AdmissionWaiting = new("mesh_proxy_admission_waiting", MetricType.Gauge, "{request}", "Requests that wait to be let in, by priority.");
    public static readonly MetricInfo Admitted = new("mesh_proxy_admitted_total", MetricType.Counter, "{request}", "Requests that were let in, by priority.");
    public static readonly MetricInfo Refused = new("mesh_proxy_admission_refused_total", MetricType.Counter, "{request}", "Requests that were not let in, by priority and reason: queue_full, queue_timeout, displaced (all OM), client_gone.");
    public static readonly MetricInfo ConcurrencyLimit = new("envoy_http_adaptive_concurrency_gradient_controller_concurrency_limit", MetricType.Gauge, "{request}", "The learned limit in force.");
    public static readonly MetricInfo MinRttActive = new("envoy_http_adaptive_concurrency_gradient_controller_min_rtt_calculation_active", MetricType.Gauge, "1", "1 while the least latency is being measured.");
    public static readonly MetricInfo MinRttMillis = new("envoy_http_adaptive_concurrency_gradient_controller_min_rtt_msecs", MetricType.Gauge, "ms", "The least latency, as last measured.");
    public static readonly MetricInfo SampleRttMillis = new("envoy_http_adaptive_concurrency_gradient_controller_sample_rtt_msecs", MetricType.Gauge, "ms", "The median latency that was seen last.");
    public static readonly MetricInfo ProcessCpu = new("process_cpu_seconds_total", MetricType.Counter, "s", "CPU time of the sidecar, user and system.");
    public static readonly MetricInfo ProcessMemory = new("process_resident_memory_bytes", MetricType.Gauge, "By", "Resident memory of the sidecar.");
    public static readonly MetricInfo Allocated = new("dotnet_gc_heap_total_allocated_bytes_total", MetricType.Counter, "By", "Managed memory allocated since the start.");
    public static readonly MetricInfo HeapSize = new("dotnet_gc_last_collection_heap_size_bytes", MetricType.Gauge, "By", "Managed heap after the last collection, fragmentation included.");
    public static readonly MetricInfo HeapCommitted = new("dotnet_gc_last_collection_memory_committed_size_bytes", MetricType.Gauge, "By", "Memory that the managed heap held then.");

    public static readonly IReadOnlyList<MetricInfo> All =
    [
        Requests, Duration, RequestBytes, ResponseBytes, RequestMessages, ResponseMessages, EdgeRequests, EdgeTime, SeriesHeld, SeriesExpired, SeriesOverflow, SnapshotVersion, ControlConnected,
        CertificateEnd, Handshakes, HandshakesRefused, SpansSent, SpansDropped, LogsSent, LogsDropped, SendFailures,
        MembershipTotal, MembershipHealthy, Panicking, EjectionsActive, Ejections, EjectionsRefused, HealthChecks, HealthCheckFailures,
        BreakerRequests, BreakerPending, ConnectionsOpen, PendingOpen, RequestsOpen, RetriesOpen, ConnectionOverflow, PendingOverflow, RetryOverflow,
        MirrorCopies, MirrorLost, MirrorCompared, MirrorDuration,
        RateLimited, RateLimitIdentities, RateLimitCrowded, RateLimitKeys, RateLimitWaits, RateLimitFailedOpen, FaultsInjected, FaultsActive, FaultsOverflow, GatewayCertificateEnd,
        Captured, CapturedOpen, CapturedBytes, ConnectionsClosed, TcpOpened, TcpClosed, TcpReceived, TcpSent, RelaysOpen,
        AdmissionActive, AdmissionWaiting, Admitted, Refused, ConcurrencyLimit, MinRttActive, MinRttMillis, SampleRttMillis, ProcessCpu, ProcessMemory,
        Allocated, HeapSize, HeapCommitted,
    ];
}
