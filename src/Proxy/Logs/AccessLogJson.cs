using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Logs;

/// <summary>The fields of an access log line on the output: Envoy's and Istio's, and Linkerd's split of <c>processing_ns</c> (the sidecar's own time) out of <c>total_ns</c>.</summary>
internal static class AccessLogJson
{
    public static void Write(JsonLine json, Exchange exchange)
    {
        json.Begin();
        WriteOutcome(json, exchange);
        WriteRequest(json, exchange);
        json.Text("route_name"u8, exchange.RouteName);
        json.Number("attempts"u8, exchange.Attempts);
        if (exchange.GrpcStatus >= 0)
        {
            json.Number("grpc_status"u8, exchange.GrpcStatus);
        }

        json.Id("trace_id"u8, exchange.Trace.TraceId);
        json.End();
    }

    private static void WriteOutcome(JsonLine json, Exchange exchange)
    {
        var request = exchange.Context.Request;
        var attempt = exchange.LastAttempt;
        var total = exchange.Duration;
        json.Time("start_time"u8, exchange.StartedAt.UtcDateTime);
        json.Text("reporter"u8, exchange.IsInbound ? "destination" : "source");
        json.Text("method"u8, request.Method);
        json.Text("path"u8, exchange.OriginalPath ?? request.Path.Value);
        json.Text("protocol"u8, request.Protocol);
        json.Number("response_code"u8, exchange.Status);
        json.Text("response_flags"u8, exchange.Flags.ToCodes());
        json.Text("response_code_details"u8, exchange.FailureReason.Length > 0 ? exchange.FailureReason : "via_upstream");
        json.Text("upstream_transport_failure_reason"u8, attempt?.ErrorType);
        json.Number("bytes_received"u8, exchange.Request.Bytes);
        json.Number("bytes_sent"u8, exchange.Response.Bytes);
        json.Number("duration"u8, (long)total.TotalMilliseconds);
        json.Number("total_ns"u8, total.Ticks * 100);
        json.Number("processing_ns"u8, exchange.ProxyNanos);
        if (attempt is { SentTimestamp: > 0, HeadTimestamp: > 0 })
        {
            json.Number("upstream_service_time"u8, (long)exchange.Clock.GetElapsedTime(attempt.SentTimestamp, attempt.HeadTimestamp).TotalMilliseconds);
        }

        WriteSplit(json, exchange, attempt);
    }

    // Until the response's head was passed on; of the last try.
    private static void WriteSplit(JsonLine json, Exchange exchange, AttemptRecord? attempt)
    {
        if (attempt is not { RoundTripNanos: > 0 and var roundTrip })
        {
            return;
        }

        if (exchange.IsInbound)
        {
            json.Number("server_proxy_ns"u8, attempt.ProxyNanos);
            json.Number("app_ns"u8, roundTrip);
        }
        else if (TimeSplit.TryOf(attempt, out var split))
        {
            json.Number("client_proxy_ns"u8, split.ClientProxyNanos);
            json.Number("network_ns"u8, split.NetworkNanos);
            json.Number("server_proxy_ns"u8, split.ServerProxyNanos);
            json.Number("app_ns"u8, split.AppNanos);
        }
    }

    private static void WriteRequest(JsonLine json, Exchange exchange)
    {
        var (connection, request) = (exchange.Context.Connection, exchange.Context.Request);
        json.Text("x_forwarded_for"u8, request.Headers["X-Forwarded-For"].ToString());
        json.Text("user_agent"u8, request.Headers.UserAgent.ToString());
        json.Text("request_id"u8, request.Headers["X-Request-Id"].ToString());
        json.Text("authority"u8, request.Host.Value);
        json.Text("upstream_host"u8, exchange.LastAttempt?.Address);
        json.Text(exchange.IsInbound ? "downstream_peer_uri_san"u8 : "upstream_peer_uri_san"u8, exchange.PeerPrincipal);
        json.Text("upstream_cluster"u8, exchange.ClusterName);
        json.Address("downstream_local_address"u8, connection.LocalIpAddress, connection.LocalPort);
        json.Address("downstream_remote_address"u8, connection.RemoteIpAddress, connection.RemotePort);
        if (exchange.PolicyNote.Length > 0)
        {
            json.Text("policy_note"u8, exchange.PolicyNote);
        }

        if (exchange.Fault is { } fault)
        {
            json.Text("fault"u8, fault.Kind);
            json.Text("fault_injection"u8, fault.Name);
        }

        if (exchange.Priority != PriorityClass.Unset)
        {
            json.Text("priority"u8, exchange.Priority.Text());
        }
    }
}
