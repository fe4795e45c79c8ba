namespace MeshInsight.Proxy.Observe;

/// <summary>The line of <see cref="AccessLogText"/> for a connection of bytes, with a dash for all that only a request has, as Envoy writes it.</summary>
internal static class TcpLogText
{
    public static void Write(LineBuffer line, TcpRecord record, TimeProvider time)
    {
        line.Clear();
        line.Raw("["u8);
        line.Time(record.StartedAt.UtcDateTime);
        line.Raw("] \"- - -\" 0"u8);
        AccessLogText.Word(line, record.Flags.ToCodes());
        line.Raw(" -"u8);
        AccessLogText.Quoted(line, record.Details);
        AccessLogText.Quoted(line, record.TransportFailure);
        AccessLogText.Number(line, record.Count?.Sent ?? 0);
        AccessLogText.Number(line, record.Count?.Received ?? 0);
        AccessLogText.Number(line, (long)time.GetElapsedTime(record.StartTimestamp).TotalMilliseconds);
        line.Raw(" - \"-\" \"-\" \"-\" \"-\""u8);
        AccessLogText.Quoted(line, record.Address);
        AccessLogText.Word(line, record.ClusterName);
        line.Raw(" -"u8);
        AccessLogText.Address(line, record.DownstreamLocal?.Address, record.DownstreamLocal?.Port ?? 0);
        AccessLogText.Address(line, record.DownstreamRemote?.Address, record.DownstreamRemote?.Port ?? 0);
        AccessLogText.Word(line, record.ServerName);
        AccessLogText.Word(line, record.RouteName);
    }
}
