using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace MeshInsight.Mesh.Tests.Support;

/// <summary>What came back.</summary>
/// <param name="Seen">What the backend saw; null when the sidecar answered itself.</param>
internal sealed record Answer(int Status, Echo? Seen, HttpResponseMessage Response, string Text)
{
    public string? Backend => Seen?.Backend;

    public string Header(string name) => Response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";

    public int GrpcStatus => int.Parse(Grpc("grpc-status"), System.Globalization.CultureInfo.InvariantCulture);

    public string Grpc(string name) =>
        Response.TrailingHeaders.TryGetValues(name, out var trailers) ? string.Join(',', trailers) : Header(name);
}

/// <summary>An app behind the client's sidecar: its calls go to the outbound listener, redirects are not followed.</summary>
internal sealed class MeshClient(Uri outbound) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(outbound.Host, outbound.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { Timeout = TimeSpan.FromSeconds(30) };

    /// <param name="url">Authority and path: <c>echo/v2?x=1</c>, <c>echo:8080/</c>.</param>
    public async Task<Answer> SendAsync(string url, HttpMethod? method = null, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, "http://" + url) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await _http.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        bool isEcho = response.Headers.Contains(EchoApp.BackendHeader) && text.StartsWith('{');
        return new((int)response.StatusCode, isEcho ? JsonSerializer.Deserialize<Echo>(text) : null, response, text);
    }

    public Task<Answer> GetAsync(string url, params (string Name, string Value)[] headers) => SendAsync(url, null, null, headers);

    /// <summary>A gRPC call with an empty message.</summary>
    public async Task<Answer> CallAsync(string authority, string method, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{authority}/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TryAddWithoutValidation("te", "trailers");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await _http.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        return new((int)response.StatusCode, null, response, "");
    }

    public void Dispose() => _http.Dispose();
}
