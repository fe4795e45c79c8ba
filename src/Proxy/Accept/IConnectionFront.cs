using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Accept;

/// <summary>What a listener makes of a connection before HTTP sees it: looks at its first bytes, shakes hands where the client does.</summary>
internal interface IConnectionFront
{
    /// <param name="limit">Ends when the client may wait no longer; the front moves it as the client gets on.</param>
    /// <param name="cancellation">Ends with <paramref name="limit"/> or with the listener.</param>
    /// <returns>The connection to read requests from, and in which protocol; or null when the front has taken it over, as a tunnel.</returns>
    /// <exception cref="IOException">Or any other exception of a connection that is to be closed.</exception>
    ValueTask<HttpStart?> OpenAsync(ConnectionContext connection, CancellationTokenSource limit, CancellationToken cancellation);
}

internal readonly record struct HttpStart(ConnectionContext Connection, bool IsHttp2);
