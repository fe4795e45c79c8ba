using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Logs;

/// <summary>The line of <see cref="AccessLogText"/> for a connection of bytes, with a dash for all that only a request has, as Envoy writes it.</summary>
internal static class TcpLogText
{
    public static void Write(TextLine line, TcpRecord record, TimeProvider time)
    {
        line.Begin(record.StartedAt.UtcDateTime);
        line.Raw(" \"- - -\" 0"u8);
        line.Word(record.Flags.ToCodes());
        line.None();
        line.Quoted(record.Details);
        line.Quoted(record.TransportFailure);
        line.Number(record.Count?.Sent ?? 0);
        line.Number(record.Count?.Received ?? 0);
        line.Number((long)time.GetElapsedTime(record.StartTimestamp).TotalMilliseconds);
        line.Raw(" - \"-\" \"-\" \"-\" \"-\""u8);
        line.Quoted(record.Address);
        line.Word(record.ClusterName);
        line.None();
        line.Address(record.DownstreamLocal?.Address, record.DownstreamLocal?.Port ?? 0);
        line.Address(record.DownstreamRemote?.Address, record.DownstreamRemote?.Port ?? 0);
        line.Word(record.ServerName);
        line.Word(record.RouteName);
    }
}
