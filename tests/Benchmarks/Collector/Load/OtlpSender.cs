using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using MeshInsight.Contracts.Otlp;
using MeshInsight.Grpc.Framing;

namespace MeshInsight.Benchmarks.Collector.Load;

/// <summary>Sends prepared frames over connections of its own and says what was answered. Thread-safe.</summary>
internal sealed class OtlpSender(Uri url, bool isHttp, int requestsInFlight) : IDisposable
{
    private static readonly MediaTypeHeaderValue s_grpc = new(GrpcHeaders.ContentType);
    private static readonly MediaTypeHeaderValue s_protobuf = new("application/x-protobuf");

    private readonly Uri _target = new(url, isHttp ? "/v1/traces" : "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        MaxConnectionsPerServer = isHttp ? requestsInFlight : 1,
    });

    public async Task<SendOutcome> SendAsync(LoadFrame frame, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _target)
        {
            Version = isHttp ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ReadOnlyMemoryContent(isHttp ? frame.Message : frame.Framed),
        };
        request.Content.Headers.ContentType = isHttp ? s_protobuf : s_grpc;
        if (!isHttp)
        {
            request.Headers.TryAddWithoutValidation("te", "trailers");
        }

        try
        {
            using var response = await _http.SendAsync(request, cancel);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancel);
            return Refusal(response) is { } refusal ? SendOutcome.Refused(refusal) : Accepted(frame, isHttp ? body : body.AsMemory(Math.Min(body.Length, MessageFrame.HeaderBytes)));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return SendOutcome.Refused("no answer");
        }
    }

    public void Dispose() => _http.Dispose();

    private string? Refusal(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return "HTTP " + ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        }

        if (isHttp)
        {
            return null;
        }

        bool hasStatus = response.TrailingHeaders.TryGetValues(GrpcHeaders.Status, out var values) || response.Headers.TryGetValues(GrpcHeaders.Status, out values);
        string status = hasStatus ? values!.First() : "absent";
        return status == "0" ? null : "grpc-status " + status;
    }

    private static SendOutcome Accepted(LoadFrame frame, ReadOnlyMemory<byte> message) =>
        message.IsEmpty ? new(frame.Spans, null)
        : OtlpResponse.TryReadProtobuf(new ReadOnlySequence<byte>(message), out long rejected, out _) ? new((int)(frame.Spans - rejected), null)
        : SendOutcome.Refused("not an OTLP answer");
}

/// <param name="Acknowledged">Spans; those of a partial success that were left out do not count.</param>
/// <param name="Refusal">The code of the answer; null when it was a success.</param>
internal readonly record struct SendOutcome(int Acknowledged, string? Refusal)
{
    public static SendOutcome Refused(string code) => new(0, code);
}
