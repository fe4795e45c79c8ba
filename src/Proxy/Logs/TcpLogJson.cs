using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Logs;

/// <summary>The fields of an access log line about a connection: those of a request that it has, and <c>connection_termination_details</c>.</summary>
internal static class TcpLogJson
{
    public static void Write(JsonLine json, TcpRecord record, TimeProvider time)
    {
        var total = time.GetElapsedTime(record.StartTimestamp);
        json.Begin();
        json.Time("start_time"u8, record.StartedAt.UtcDateTime);
        json.Text("reporter"u8, record.IsInbound ? "destination" : "source");
        json.Text("protocol"u8, "TCP");
        json.Text("response_flags"u8, record.Flags.ToCodes());
        json.Text("connection_termination_details"u8, record.Details);
        json.Text("upstream_transport_failure_reason"u8, record.TransportFailure);
        json.Number("bytes_received"u8, record.Count?.Sent ?? 0);
        json.Number("bytes_sent"u8, record.Count?.Received ?? 0);
        json.Number("duration"u8, (long)total.TotalMilliseconds);
        json.Number("attempts"u8, record.Attempts);
        json.Text("upstream_host"u8, record.Address);
        json.Text("upstream_cluster"u8, record.ClusterName);
        json.Text(record.IsInbound ? "downstream_peer_uri_san"u8 : "upstream_peer_uri_san"u8, record.PeerPrincipal);
        json.Address("downstream_local_address"u8, record.DownstreamLocal?.Address, record.DownstreamLocal?.Port ?? 0);
        json.Address("downstream_remote_address"u8, record.DownstreamRemote?.Address, record.DownstreamRemote?.Port ?? 0);
        json.Text("requested_server_name"u8, record.ServerName);
        json.Text("route_name"u8, record.RouteName);
        if (record.PolicyNote.Length > 0)
        {
            json.Text("policy_note"u8, record.PolicyNote);
        }

        json.End();
    }
}
