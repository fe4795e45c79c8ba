using System.Buffers;
using Google.Protobuf;
using MeshInsight.Grpc.Client;
using MeshInsight.Grpc.Failures;
using MeshInsight.Grpc.Tests.Proto;

namespace MeshInsight.Grpc.Tests.Client;

/// <summary>Our client, calling grpc-js.</summary>
public sealed class GrpcJsServerTests(GrpcJsServer server) : IClassFixture<GrpcJsServer>, IDisposable
{
    private const string Service = "/meshinsight.test.v1.Echo/";

    private readonly GrpcChannel _channel = new(server.Url, new GrpcChannelOptions { Token = "the token" });

    public void Dispose() => _channel.Dispose();

    [Fact]
    public async Task Unary_TextBeyondAscii_ComesBack()
    {
        var reply = await UnaryAsync("Unary", new EchoRequest { Text = "grüße", Count = 7 });

        Assert.Equal("grüße", reply.Text);
        Assert.Equal(7, reply.Count);
    }

    [Fact]
    public async Task Unary_Gzipped_IsRead()
    {
        var payload = ByteString.CopyFrom(new byte[100_000]);

        var reply = await UnaryAsync("Unary", new EchoRequest { Payload = payload }, new GrpcCallOptions { Gzip = true });

        Assert.Equal(payload, reply.Payload);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RawUnary_BytesWrittenByTheCaller_AreSentAsTheyAre(bool gzip)
    {
        var request = new EchoRequest { Text = "raw", Payload = ByteString.CopyFrom(new byte[50_000]) }.ToByteArray();

        var reply = await _channel.UnaryRawAsync(
            Service + "Raw", new ReadOnlySequence<byte>(request), EchoReply.Parser.ParseFrom, new GrpcCallOptions { Gzip = gzip });

        Assert.Equal("raw", reply.Text);
        Assert.Equal(50_000, reply.Payload.Length);
    }

    [Fact]
    public async Task ServerStream_ManyMessages_ArriveInOrder()
    {
        var texts = new List<string>();
        await foreach (var reply in _channel.ServerStreamAsync(Service + "ServerStream", new EchoRequest { Text = "stream", Count = 1000 }, EchoReply.Parser))
        {
            texts.Add(reply.Text);
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"stream {i}"), texts);
    }

    [Fact]
    public async Task ClientStream_ManyMessages_AreAllCounted()
    {
        var reply = await _channel.ClientStreamAsync(Service + "ClientStream", Requests(500), EchoReply.Parser);

        Assert.Equal(500, reply.Count);
    }

    [Fact]
    public async Task ClientStream_ServerRefusesInTheMiddle_ThrowsItsStatus()
    {
        var failure = await Assert.ThrowsAsync<GrpcException>(() => _channel.ClientStreamAsync(Service + "ClientStream", Endless(), EchoReply.Parser));

        Assert.Equal(GrpcStatusCode.OutOfRange, failure.Code);
    }

    [Fact]
    public async Task Bidi_ServerSpeaksFirst_IsHeardBeforeAnythingIsWritten()
    {
        await using var call = Bidi();

        Assert.Equal("welcome", (await call.ReadAsync())!.Text);
    }

    [Fact]
    public async Task Bidi_QuestionAndAnswerInTurn_EndsWithTheServer()
    {
        await using var call = Bidi();
        await call.ReadAsync();
        for (int i = 0; i < 20; i++)
        {
            await call.WriteAsync(new EchoRequest { Count = i });
            Assert.Equal(i, (await call.ReadAsync())!.Count);
        }

        await call.CompleteWritingAsync();
        Assert.Null(await call.ReadAsync());
    }

    [Fact]
    public async Task Bidi_ServerEndsWithError_ReaderGetsStatusAndTrailers()
    {
        await using var call = Bidi();
        await call.ReadAsync();
        await call.WriteAsync(new EchoRequest { Text = "stop", Code = (int)GrpcStatusCode.Aborted });

        var failure = await Assert.ThrowsAsync<GrpcException>(async () => await call.ReadAsync());

        Assert.Equal(GrpcStatusCode.Aborted, failure.Code);
        Assert.Equal("stop", failure.Message);
        Assert.Equal("seen", failure.Trailers["x-trailer"]);
    }

    [Fact]
    public async Task Bidi_Disposed_ServerSeesACancelledCall()
    {
        var call = Bidi();
        await call.ReadAsync();
        await call.DisposeAsync();

        await Until(() => server.Output.Contains("cancelled Bidi", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bidi_Metadata_IsVisibleBeforeAndAfterTheMessages()
    {
        await using var call = _channel.Duplex<EchoRequest, EchoReply>(
            Service + "Unary", EchoReply.Parser, new GrpcCallOptions { Headers = [new("x-asked", "question")] });
        await call.WriteAsync(new EchoRequest { Text = "one" });
        await call.CompleteWritingAsync();

        Assert.Equal("question", (await call.HeadersAsync())["x-answer"]);
        Assert.Equal("one", (await call.ReadAsync())!.Text);
        Assert.Null(await call.ReadAsync());
        Assert.Equal("seen", call.Trailers["x-trailer"]);
    }

    [Fact]
    public async Task Deadline_Passed_ThrowsDeadlineExceededAndServerSeesTheEnd()
    {
        // Over a connection that is there: to make one takes a part of the time, on a busy machine all of it.
        await UnaryAsync("Unary", new EchoRequest());
        var failure = await Assert.ThrowsAsync<GrpcException>(
            () => UnaryAsync("Never", new EchoRequest(), new GrpcCallOptions { Deadline = TimeSpan.FromSeconds(1) }));

        Assert.Equal(GrpcStatusCode.DeadlineExceeded, failure.Code);
        await Until(() => server.Output.Contains("cancelled Never", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancellation_ByTheCaller_ThrowsOperationCanceled()
    {
        using var cancellation = new CancellationTokenSource();
        var call = UnaryAsync("Never", new EchoRequest(), cancellation: cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Failure_WithRetryInfo_CarriesTextAndDelay()
    {
        var failure = await Assert.ThrowsAsync<GrpcException>(
            () => UnaryAsync("Fail", new EchoRequest { Text = "100 % voll, später", Code = 8, RetryMillis = 1500 }));

        Assert.Equal(GrpcStatusCode.ResourceExhausted, failure.Code);
        Assert.Equal("100 % voll, später", failure.Message);
        Assert.Equal(TimeSpan.FromMilliseconds(1500), failure.RetryAfter);
    }

    [Fact]
    public async Task Failure_AfterMessages_ComesAfterThem()
    {
        int seen = 0;
        var failure = await Assert.ThrowsAsync<GrpcException>(async () =>
        {
            await foreach (var reply in _channel.ServerStreamAsync(Service + "FailLate", new EchoRequest { Text = "too late", Count = 3, Code = 10 }, EchoReply.Parser))
            {
                _ = reply;
                seen++;
            }
        });

        Assert.Equal(3, seen);
        Assert.Equal("too late", failure.Message);
    }

    [Fact]
    public async Task UnknownMethod_Called_IsUnimplemented()
    {
        var failure = await Assert.ThrowsAsync<GrpcException>(() => UnaryAsync("NobodyKnows", new EchoRequest()));

        Assert.Equal(GrpcStatusCode.Unimplemented, failure.Code);
    }

    [Fact]
    public async Task Request_AboveTheServersLimit_ThrowsResourceExhausted()
    {
        var request = new EchoRequest { Payload = ByteString.CopyFrom(new byte[8_000_000]) };

        var failure = await Assert.ThrowsAsync<GrpcException>(() => UnaryAsync("Unary", request));

        Assert.Equal(GrpcStatusCode.ResourceExhausted, failure.Code);
    }

    [Fact]
    public async Task Response_AboveOurLimit_ThrowsResourceExhausted()
    {
        using var small = new GrpcChannel(server.Url, new GrpcChannelOptions { MaxReceiveBytes = 1000 });

        var failure = await Assert.ThrowsAsync<GrpcException>(() => small.UnaryAsync(
            Service + "Unary", new EchoRequest { Payload = ByteString.CopyFrom(new byte[2000]) }, EchoReply.Parser));

        Assert.Equal(GrpcStatusCode.ResourceExhausted, failure.Code);
    }

    [Fact]
    public async Task Token_OfTheChannel_IsPresented()
    {
        var reply = await UnaryAsync("Guarded", new EchoRequest());

        Assert.Equal("Bearer the token", reply.Text);
    }

    [Fact]
    public async Task Server_NotThere_IsUnavailable()
    {
        using var nobody = new GrpcChannel(new Uri("http://127.0.0.1:1"));

        var failure = await Assert.ThrowsAsync<GrpcException>(() => nobody.UnaryAsync(Service + "Unary", new EchoRequest(), EchoReply.Parser));

        Assert.Equal(GrpcStatusCode.Unavailable, failure.Code);
    }

    [Fact]
    public async Task Bidi_ServerNotThere_FailsTheFirstWrite()
    {
        using var nobody = new GrpcChannel(new Uri("http://127.0.0.1:1"));
        await using var call = nobody.Duplex<EchoRequest, EchoReply>(Service + "Bidi", EchoReply.Parser);

        var failure = await Assert.ThrowsAsync<GrpcException>(() => call.WriteAsync(new EchoRequest()).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Equal(GrpcStatusCode.Unavailable, failure.Code);
    }

    private static async IAsyncEnumerable<EchoRequest> Requests(int count)
    {
        for (int i = 0; i < count; i++)
        {
            yield return new EchoRequest { Count = 1 };
            await Task.Yield();
        }
    }

    private static async IAsyncEnumerable<EchoRequest> Endless()
    {
        for (int i = 0; ; i++)
        {
            yield return new EchoRequest { Text = "no further", Code = i == 10 ? (int)GrpcStatusCode.OutOfRange : 0 };
            await Task.Yield();
        }
    }

    private static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            await tick.WaitForNextTickAsync(patience.Token);
        }
    }

    private GrpcDuplexCall<EchoRequest, EchoReply> Bidi() => _channel.Duplex<EchoRequest, EchoReply>(Service + "Bidi", EchoReply.Parser);

    private Task<EchoReply> UnaryAsync(string method, EchoRequest request, GrpcCallOptions? options = null, CancellationToken cancellation = default) =>
        _channel.UnaryAsync(Service + method, request, EchoReply.Parser, options, cancellation);
}
