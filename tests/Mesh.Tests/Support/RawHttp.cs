using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace MeshInsight.Mesh.Tests.Support;

/// <summary>Bytes as they are, for what no client library would send.</summary>
internal static class RawHttp
{
    /// <param name="serverName">Within TLS under this name; null for plain text.</param>
    /// <returns>Everything until the server closes.</returns>
    public static async Task<string> SendAsync(int port, string request, string? serverName = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        Stream stream = client.GetStream();
        if (serverName is not null)
        {
            var tls = new SslStream(stream, false, (_, certificate, _, _) => certificate is not null);
            await tls.AuthenticateAsClientAsync(serverName);
            stream = tls;
        }

        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
