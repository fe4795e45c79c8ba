using System.Net;
using System.Net.Http.Headers;
using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Framing;
using MeshInsight.Grpc.Server;
using MeshInsight.Grpc.Tests.Proto;
using MeshInsight.Testing;

namespace MeshInsight.Grpc.Tests.Server;

/// <summary>What official clients never send, or hide: headers as they are on the wire, malformed bodies.</summary>
public sealed class WireTests
{
    private const string Unary = "/meshinsight.test.v1.Echo/Unary";

    [Fact]
    public async Task Encoding_Unknown_IsUnimplementedAndNamesTheKnownOnes()
    {
        await using var host = await EchoHost.StartAsync();

        using var response = await PostAsync(host, Unary, Frame(new EchoRequest()), request => request.Headers.TryAddWithoutValidation("grpc-encoding", "br"));

        Assert.Equal("12", Header(response, "grpc-status"));
        Assert.Equal("identity,gzip", Header(response, "grpc-accept-encoding"));
    }

    [Fact]
    public async Task Error_BeforeFirstMessage_IsTrailersOnlyWithPercentEncodedMessage()
    {
        await using var host = await EchoHost.StartAsync();

        using var response = await PostAsync(
            host, "/meshinsight.test.v1.Echo/Fail", Frame(new EchoRequest { Text = "50 % für später\n", Code = 9 }));

        Assert.Equal("9", Header(response, "grpc-status"));
        Assert.Equal("50 %25 f%C3%BCr sp%C3%A4ter%0A", Header(response, "grpc-message"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Empty(response.TrailingHeaders);
    }

    [Fact]
    public async Task RetryInfo_BeforeFirstMessage_GoesInRealTrailersWithPadding()
    {
        await using var host = await EchoHost.StartAsync();

        using var response = await PostAsync(
            host, "/meshinsight.test.v1.Echo/Fail", Frame(new EchoRequest { Text = "later", Code = 8, RetryMillis = 10 }));
        await response.Content.ReadAsByteArrayAsync();

        Assert.Null(Header(response, "grpc-status"));
        Assert.Equal("8", response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal(0, response.TrailingHeaders.GetValues("grpc-status-details-bin").Single().Length % 4);
    }

    [Fact]
    public async Task Response_AboveTheThreshold_IsGzippedForWhoAcceptsIt()
    {
        await using var host = await EchoHost.StartAsync();
        var request = new EchoRequest { Text = new string('x', 5000) };

        using var accepted = await PostAsync(host, Unary, Frame(request), r => r.Headers.TryAddWithoutValidation("grpc-accept-encoding", "deflate, gzip"));
        using var notAccepted = await PostAsync(host, Unary, Frame(request));

        Assert.Equal("gzip", Header(accepted, "grpc-encoding"));
        Assert.InRange((await accepted.Content.ReadAsByteArrayAsync()).Length, 1, 500);
        Assert.Null(Header(notAccepted, "grpc-encoding"));
        Assert.InRange((await notAccepted.Content.ReadAsByteArrayAsync()).Length, 5000, 5100);
    }

    [Theory]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc-web", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc+json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc+proto", HttpStatusCode.OK)]
    public async Task ContentType_NotOurs_IsRefusedByHttp(string contentType, HttpStatusCode expected)
    {
        await using var host = await EchoHost.StartAsync();

        using var response = await PostAsync(host, Unary, Frame(new EchoRequest()), contentType: contentType);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("0000000005010203", "in the middle of a message")]
    [InlineData("00000000", "in the middle of a message")]
    [InlineData("", "without a message")]
    [InlineData("0200000000", "only 0 (plain) and 1 (compressed)")]
    [InlineData("0100000000", "grpc-encoding names no compression")]
    [InlineData("0000000003ffffff", "not a EchoRequest")]
    [InlineData("00000000000000000000", "More data follows")]
    public async Task Body_Malformed_IsInternalErrorThatNamesTheCause(string hex, string expected)
    {
        await using var host = await EchoHost.StartAsync();

        using var response = await PostAsync(host, Unary, Convert.FromHexString(hex));

        Assert.Equal("13", Header(response, "grpc-status"));
        Assert.Contains(expected, Uri.UnescapeDataString(Header(response, "grpc-message")!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gzip_CutShort_IsInternalError()
    {
        await using var host = await EchoHost.StartAsync();
        var whole = Frame(new EchoRequest { Text = new string('x', 5000) }, gzip: true);
        var cut = whole[..^6];
        cut[4] -= 6;

        using var response = await PostAsync(host, Unary, cut, request => request.Headers.TryAddWithoutValidation("grpc-encoding", "gzip"));

        Assert.Equal("13", Header(response, "grpc-status"));
        Assert.Contains("cut short", Uri.UnescapeDataString(Header(response, "grpc-message")!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Timeout_Malformed_IsInternalError()
    {
        await using var host = await EchoHost.StartAsync();

        using var response = await PostAsync(host, Unary, Frame(new EchoRequest()), request => request.Headers.TryAddWithoutValidation("grpc-timeout", "soon"));

        Assert.Equal("13", Header(response, "grpc-status"));
    }

    [Fact]
    public async Task Deadline_OnAClockMovedByHand_EndsTheCallAtThatMoment()
    {
        var clock = new ManualTimeProvider();
        await using var host = await EchoHost.StartAsync(new GrpcServiceOptions { Clock = clock });
        using var channel = new GrpcChannel(host.Url);
        var call = channel.UnaryAsync("/meshinsight.test.v1.Echo/Never", new EchoRequest(), EchoReply.Parser, new GrpcCallOptions { Headers = [new("grpc-timeout", "1H")] });
        await host.Entered.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(call.IsCompleted);

        clock.Advance(TimeSpan.FromHours(1));

        var failure = await Assert.ThrowsAsync<GrpcException>(() => call);
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, failure.Code);
        Assert.True(await host.Cancelled.Task);
    }

    private static byte[] Frame(EchoRequest request, bool gzip = false)
    {
        using var frame = new PooledBuffer();
        MessageFrame.Write(frame, request, gzip);
        return frame.WrittenSpan.ToArray();
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private static async Task<HttpResponseMessage> PostAsync(
        EchoHost host, string method, byte[] body, Action<HttpRequestMessage>? prepare = null, string contentType = "application/grpc")
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.Url, method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        prepare?.Invoke(request);
        return await http.SendAsync(request);
    }
}
