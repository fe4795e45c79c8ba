using System.Globalization;
using System.Text;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Tcp;

/// <summary>
/// Answers CONNECT. Who gets a connection is greeted when it is there (<see cref="ByteConnection.Greeting"/>); who gets none is told a status, the flags, and in words why, as
/// for requests (<see cref="LocalReply"/>).
/// </summary>
/// <param name="serve">Connects and relays, or refuses: <see cref="ConnectPath"/> or <see cref="EgressConnectPath"/>.</param>
internal sealed class ConnectAnswer(Func<ConnectRequest, ByteConnection, Task<TcpRecord>> serve, TimeProvider time) : IConnectHandler
{
    // For the client to read it and close.
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(1);

    public async Task RunAsync(ConnectRequest request, ByteConnection client)
    {
        if (request.Problem.Length > 0)
        {
            await WriteAsync(client, "400 Bad Request", "", request.Problem);
            return;
        }

        var record = await serve(request, client);
        if (!client.IsGreeted)
        {
            await WriteAsync(client, StatusOf(record.Flags), record.Flags.ToCodes(), $"{record.Details} ({record.Flags.ToCodes()})");
        }
    }

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
