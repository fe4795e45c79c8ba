using System.Text.Json;
using MeshInsight.Grpc.Failures;
using MeshInsight.Testing;

namespace MeshInsight.Grpc.Tests.Server;

/// <summary>Our server, called by grpc-js.</summary>
public sealed class GrpcJsClientTests
{
    [Fact]
    public async Task Unary_TextBeyondAscii_ComesBack()
    {
        var seen = await CallAsync("unary", "grüße");

        Assert.Equal(0, seen.GetProperty("code").GetInt32());
        Assert.Equal("grüße", seen.GetProperty("text").GetString());
        Assert.Equal(7, seen.GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Metadata_Sent_ReachesHandlerAndHeadersAndTrailersComeBack()
    {
        var seen = await CallAsync("metadata", "question");

        Assert.Equal("question", seen.GetProperty("headers").GetProperty("x-answer").GetString());
        Assert.Equal("seen", seen.GetProperty("trailers").GetProperty("x-trailer").GetString());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("rawGzip")]
    public async Task Gzip_BothWays_PayloadIsWhole(string name)
    {
        var seen = await CallAsync(name, "100000");

        Assert.Equal(0, seen.GetProperty("code").GetInt32());
        Assert.Equal(100_000, seen.GetProperty("bytes").GetInt32());
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("raw")]
    public async Task Message_JustBelowLimit_IsTaken(string name)
    {
        var seen = await CallAsync(name, "4194000");

        Assert.Equal(0, seen.GetProperty("code").GetInt32());
        Assert.Equal(4_194_000, seen.GetProperty("bytes").GetInt32());
    }

    [Theory]
    [InlineData("plain", "4194305")]
    [InlineData("raw", "20000000")]
    public async Task Message_AboveLimit_IsRefusedWithBothSizes(string name, string bytes)
    {
        var seen = await CallAsync(name, bytes);

        Assert.Equal((int)GrpcStatusCode.ResourceExhausted, seen.GetProperty("code").GetInt32());
        Assert.Contains("larger than the limit of 4194304", seen.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("rawGzip")]
    public async Task GzipBomb_InflatingAboveLimit_IsRefused(string name)
    {
        var seen = await CallAsync(name, "200000000");

        Assert.Equal((int)GrpcStatusCode.ResourceExhausted, seen.GetProperty("code").GetInt32());
        Assert.Contains("inflates to more than the limit of 4194304", seen.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerStream_ManyMessages_ArriveInOrder()
    {
        var seen = await CallAsync("serverStream", "1000");

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"stream {i}"), Texts(seen));
    }

    [Fact]
    public async Task ClientStream_ManyMessages_AreAllCounted()
    {
        var seen = await CallAsync("clientStream", "500");

        Assert.Equal(500, seen.GetProperty("count").GetInt32());
        Assert.Equal(string.Concat(Enumerable.Range(0, 500)), seen.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Bidi_EachMessageAfterTheAnswerBefore_GoesThrough()
    {
        var seen = await CallAsync("bidi", "20");

        Assert.Equal(Enumerable.Range(0, 20).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), Texts(seen));
    }

    [Fact]
    public async Task Deadline_Passed_HandlerIsCancelledAndKnowsWhy()
    {
        await using var host = await EchoHost.StartAsync();

        var seen = await CallAsync(host, "deadline", "1000");

        Assert.Equal((int)GrpcStatusCode.DeadlineExceeded, seen.GetProperty("code").GetInt32());
        await host.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Deadline_HandlerTakesNoNotice_ClientIsAnsweredAllTheSame()
    {
        var seen = await CallAsync("stubborn", "300");

        Assert.Equal((int)GrpcStatusCode.DeadlineExceeded, seen.GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Cancel_ByClient_CancelsHandler()
    {
        await using var host = await EchoHost.StartAsync();

        var calling = CallAsync(host, "cancel", "");
        await host.Entered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        host.Release.SetResult();
        var seen = await calling;

        Assert.Equal((int)GrpcStatusCode.Cancelled, seen.GetProperty("code").GetInt32());
        Assert.False(await host.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Failure_WithRetryInfo_CarriesDetailsTextAndTrailers()
    {
        var seen = await CallAsync("fail", "100 % voll, später");

        Assert.Equal((int)GrpcStatusCode.ResourceExhausted, seen.GetProperty("code").GetInt32());
        Assert.Equal("100 % voll, später", seen.GetProperty("message").GetString());
        Assert.Equal("seen", seen.GetProperty("metadata").GetProperty("x-trailer").GetString());
        Assert.True(StatusDetails.TryRead(
            Convert.ToBase64String(Convert.FromHexString(seen.GetProperty("details").GetString()!)), out var retryAfter, out _));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), retryAfter);
    }

    [Fact]
    public async Task Failure_BeforeFirstMessage_CarriesTrailingMetadata()
    {
        var seen = await CallAsync("failPlainly", "not now");

        Assert.Equal((int)GrpcStatusCode.FailedPrecondition, seen.GetProperty("code").GetInt32());
        Assert.Equal("not now", seen.GetProperty("message").GetString());
        Assert.Equal("seen", seen.GetProperty("metadata").GetProperty("x-trailer").GetString());
    }

    [Fact]
    public async Task Failure_AfterMessages_ComesAfterThem()
    {
        var seen = await CallAsync("failLate", "3");

        Assert.Equal((int)GrpcStatusCode.Aborted, seen.GetProperty("code").GetInt32());
        Assert.Equal(3, Texts(seen).Count());
    }

    [Fact]
    public async Task HandlerBug_Thrown_TellsTheClientNothingOfIt()
    {
        var seen = await CallAsync("unary", "bug");

        Assert.Equal((int)GrpcStatusCode.Unknown, seen.GetProperty("code").GetInt32());
        Assert.DoesNotContain("secret", seen.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownMethod_Called_IsUnimplemented()
    {
        var seen = await CallAsync("missing", "");

        Assert.Equal((int)GrpcStatusCode.Unimplemented, seen.GetProperty("code").GetInt32());
        Assert.Contains("/meshinsight.test.v1.Echo/Missing", seen.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer " + EchoHost.Token, GrpcStatusCode.Ok)]
    [InlineData("Bearer wrong", GrpcStatusCode.Unauthenticated)]
    [InlineData("", GrpcStatusCode.Unauthenticated)]
    public async Task Token_RightWrongOrMissing_Decides(string authorization, GrpcStatusCode expected)
    {
        var seen = await CallAsync("guarded", authorization);

        Assert.Equal((int)expected, seen.GetProperty("code").GetInt32());
    }

    private static IEnumerable<string?> Texts(JsonElement seen) => seen.GetProperty("texts").EnumerateArray().Select(text => text.GetString());

    private static async Task<JsonElement> CallAsync(string name, string argument)
    {
        await using var host = await EchoHost.StartAsync();
        return await CallAsync(host, name, argument);
    }

    private static async Task<JsonElement> CallAsync(EchoHost host, string name, string argument) =>
        JsonDocument.Parse(await NodeScript.RunAsync("grpc/client.js", host.Address, name, argument)).RootElement;
}
