using System.Globalization;
using System.Text;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Refuse;

/// <summary>What a client is told that asked for a connection and gets none: a status, the flags, and in words why. As for requests (<see cref="LocalReply"/>).</summary>
internal sealed class ConnectRefusal(TimeProvider time)
{
    // For the client to read it and close.
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(1);

    /// <summary>After the connection has ended: says why, if there never was one.</summary>
    public Task AfterAsync(ByteConnection client, TcpRecord record) => client.IsGreeted
        ? Task.CompletedTask
        : WriteAsync(client, StatusOf(record.Flags), record.Flags.ToCodes(), $"{record.Details} ({record.Flags.ToCodes()})");

    /// <summary>To a request that cannot be understood.</summary>
    public Task WriteAsync(ByteConnection client, string problem) => WriteAsync(client, "400 Bad Request", "", problem);

    private Task WriteAsync(ByteConnection client, string status, string flags, string reason)
    {
        string text = LocalReply.Printable(reason) + "\n";
        string flagsLine = flags.Length > 0 ? $"{LocalReply.FlagsHeader}: {flags}\r\n" : "";
        string head = $"HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {text.Length.ToString(CultureInfo.InvariantCulture)}\r\n{flagsLine}connection: close\r\n\r\n";
        return client.EndWithAsync(Encoding.ASCII.GetBytes(head + text), CloseWithin, time);
    }

    private static string StatusOf(ResponseFlags flags) => flags switch
    {
        ResponseFlags.NoRoute => "404 Not Found",
        ResponseFlags.Denied => "403 Forbidden",
        ResponseFlags.NoCluster => "500 Internal Server Error",
        _ => "503 Service Unavailable",
    };
}
