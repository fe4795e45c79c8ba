using System.Net.Security;
using System.Net.Sockets;

namespace MeshInsight.Proxy.Relay;

/// <summary>One end of a relayed connection: what comes from it, what goes to it, and how to say that no more will be sent while the other direction stays open. Owns nothing.</summary>
/// <param name="FinishAsync">Ends the sending direction only.</param>
internal readonly record struct RelayEnd(Stream Source, Stream Target, Func<ValueTask> FinishAsync)
{
    /// <summary>Plain TCP: the end of sending is a FIN.</summary>
    public static RelayEnd Of(Socket socket, Stream stream) => Of(socket, stream, stream);

    /// <summary>Plain TCP that somebody reads already: what was read, and what comes after it, is in <paramref name="source"/>.</summary>
    public static RelayEnd Of(Socket socket, Stream source, Stream target) => new(source, target, () =>
    {
        socket.Shutdown(SocketShutdown.Send);
        return ValueTask.CompletedTask;
    });

    /// <summary>Within TLS it is a close_notify, which TLS 1.3 leaves one-sided (RFC 8446 section 6.1).</summary>
    public static RelayEnd Of(SslStream tls) => new(tls, tls, () => new(tls.ShutdownAsync()));
}
