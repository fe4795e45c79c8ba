using System.Diagnostics;
using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;
using MeshInsight.Shop.Protos;

namespace MeshInsight.Shop.Calls;

/// <summary>Calls to the shop's other services, all through the sidecar's outbound listener. The trace context of the request being served goes along by itself.</summary>
internal sealed class MeshCalls : IDisposable
{
    /// <summary>Why a sidecar answered in a service's place.</summary>
    private const string FlagsHeader = "x-mesh-response-flags";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;
    private readonly GrpcChannel _grpc;

    public MeshCalls(Uri mesh)
    {
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            ActivityHeadersPropagator = DistributedContextPropagator.Current,
        })
        {
            BaseAddress = mesh,
            Timeout = s_patience,
        };
        _grpc = new GrpcChannel(mesh, new GrpcChannelOptions { TraceContext = DistributedContextPropagator.Current });
    }

    /// <exception cref="CallFailedException">Any answer but 2xx, or none.</exception>
    public Task<string> GetAsync(string service, string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, service, path, cancellation);

    /// <exception cref="CallFailedException">Any answer but 2xx, or none.</exception>
    public Task<string> PostAsync(string service, string path, CancellationToken cancellation) => SendAsync(HttpMethod.Post, service, path, cancellation);

    /// <exception cref="CallFailedException">Any status but OK.</exception>
    public async Task<ChargeReply> ChargeAsync(ChargeRequest request, CancellationToken cancellation)
    {
        try
        {
            return await _grpc.UnaryAsync(
                "/shop.v1.Payment/Charge", request, ChargeReply.Parser, new GrpcCallOptions { Authority = "payment.mesh", Deadline = s_patience }, cancellation);
        }
        catch (GrpcException failure)
        {
            throw new CallFailedException(failure.Trailers.TryGetValue(Blame.Header, out string? blame) ? blame : Blame.Mesh("payment", failure.Code.ToString()));
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _grpc.Dispose();
    }

    private async Task<string> SendAsync(HttpMethod method, string service, string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Host = service + ".mesh";
        try
        {
            using var response = await _http.SendAsync(request, cancellation);
            if (response.IsSuccessStatusCode)
            {
                return await response.Content.ReadAsStringAsync(cancellation);
            }

            throw new CallFailedException(BlameFor(service, response));
        }
        catch (HttpRequestException broken)
        {
            throw new CallFailedException(Blame.Mesh(service, broken.HttpRequestError.ToString()));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CallFailedException(Blame.Mesh(service, "timeout"));
        }
    }

    private static string BlameFor(string service, HttpResponseMessage response) =>
        response.Headers.TryGetValues(Blame.Header, out var blames)
            ? blames.First()
            : Blame.Mesh(service, $"{(int)response.StatusCode} {(response.Headers.TryGetValues(FlagsHeader, out var flags) ? flags.First() : "")}".TrimEnd());
}
