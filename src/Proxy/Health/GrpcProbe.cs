using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Health;

/// <summary>
/// The gRPC health checking protocol, https://github.com/grpc/grpc/blob/master/doc/health-checking.md: <c>Check({service})</c> must answer
/// <c>{status: SERVING}</c>. Both messages have one field, so they are written and read here.
/// </summary>
internal sealed class GrpcProbe(ProbeTransport transport) : IHealthProbe
{
    private const int FrameHeadSize = 5;
    private const int MaxAnswerSize = 1024;
    private const byte ServiceField = (1 << 3) | 2;
    private const byte StatusField = 1 << 3;
    private const byte Serving = 1;

    public async Task<bool> CheckAsync(ClusterConfig cluster, EndpointConfig endpoint, HealthCheckConfig config, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(Frame(config.Service));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{endpoint.Address}/grpc.health.v1.Health/Check") { Content = content };
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        using var response = await transport.SendAsync(request, cluster, endpoint, isHttp2: true, cancellation);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        byte[] answer = new byte[MaxAnswerSize];
        int length = await body.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellation);
        return response.StatusCode == HttpStatusCode.OK && (IsServing(answer.AsSpan(0, length)) || ProbeTransport.IsRateLimited(response));
    }

    // One byte "not compressed", four of length, the message: field 1, length, the name.
    private static byte[] Frame(string service)
    {
        byte[] name = Encoding.UTF8.GetBytes(service);
        byte[] length = Varint(name.Length);
        byte[] message = name.Length == 0 ? [] : [ServiceField, .. length, .. name];
        byte[] frame = new byte[FrameHeadSize + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, FrameHeadSize);
        return frame;
    }

    private static byte[] Varint(int value) => value < 0x80 ? [(byte)value] : [(byte)(value | 0x80), .. Varint(value >> 7)];

    private static bool IsServing(ReadOnlySpan<byte> answer) =>
        answer.Length == FrameHeadSize + 2 && answer[0] == 0 && answer[FrameHeadSize] == StatusField && answer[FrameHeadSize + 1] == Serving;
}
