using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;

namespace MeshInsight.Mesh.Tests.Support;

/// <summary>A client outside the mesh: every name leads to one machine, redirects are not followed, any certificate is taken and remembered.</summary>
internal sealed class EdgeClient : IDisposable
{
    private readonly HttpClient _http;

    public EdgeClient(int major = 1) => _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectCallback = async (context, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                // Self-signed by the test; which one it is, is what tests ask.
                LastCertificate = certificate?.GetCertHashString(HashAlgorithmName.SHA256) ?? "";
                Handshakes++;
                return LastCertificate.Length > 0;
            },
        },
    })
    {
        Timeout = TimeSpan.FromSeconds(30),
        DefaultRequestVersion = major == 2 ? HttpVersion.Version20 : HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>SHA-256 of what the last handshake showed.</summary>
    public string LastCertificate { get; private set; } = "";

    public int Handshakes { get; private set; }

    public async Task<Answer> GetAsync(string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = _http.DefaultRequestVersion, VersionPolicy = _http.DefaultVersionPolicy };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await _http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        bool isEcho = response.Headers.Contains(EchoApp.BackendHeader) && text.StartsWith('{');
        return new((int)response.StatusCode, isEcho ? JsonSerializer.Deserialize<Echo>(text) : null, response, text);
    }

    public void Dispose() => _http.Dispose();
}
