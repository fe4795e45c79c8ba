namespace MeshInsight.Proxy.Tests.Abuse;

/// <summary>
/// Requests that two parsers may read differently (RFC 9112 section 11.2) are refused, and nothing of them reaches the app. Every case goes to the app's own listener
/// and to the callers' one.
/// </summary>
public sealed class SmugglingTests(AbuseMesh mesh) : IClassFixture<AbuseMesh>
{
    private const string Hidden = "GET /hidden HTTP/1.1\r\nHost: checkout.mesh\r\n\r\n";

    public static TheoryData<string, string> Ambiguous => new()
    {
        { "length and chunked", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "chunked and length", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + Hidden },
        { "two lengths", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n" + Hidden },
        { "list of lengths", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nContent-Length: 0, 44\r\n\r\n" + Hidden },
        { "hexadecimal length", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nContent-Length: 0x0\r\n\r\n" + Hidden },
        { "negative length", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nContent-Length: -1\r\n\r\n" + Hidden },
        { "unknown coding", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "chunked not last", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + Hidden },
        { "chunked twice", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "gzip before chunked", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "coding behind a vertical tab", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "space before the colon", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "folded header", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + Hidden },
        { "bare line feeds", "POST / HTTP/1.1\nHost: checkout.mesh\nContent-Length: 0\n\n" + Hidden },
        { "bare carriage return", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n" + Hidden },
        { "line feed in a chunk's extension", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding: chunked\r\n\r\n2;\nxx\r\n47\r\n0\r\n\r\n" + Hidden },
        { "signed chunk size", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding: chunked\r\n\r\n+0\r\n\r\n" + Hidden },
        { "chunk longer than said", "POST / HTTP/1.1\r\nHost: checkout.mesh\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n" + Hidden },
        { "nul in a header", "GET / HTTP/1.1\r\nHost: checkout.mesh\r\nX: a\0b\r\n\r\n" + Hidden },
        { "header without a name", "GET / HTTP/1.1\r\nHost: checkout.mesh\r\n: x\r\n\r\n" + Hidden },
        { "no host", "GET / HTTP/1.1\r\n\r\n" + Hidden },
        { "two hosts", "GET / HTTP/1.1\r\nHost: checkout.mesh\r\nHost: other.mesh\r\n\r\n" + Hidden },
        { "space in the target", "GET /a b HTTP/1.1\r\nHost: checkout.mesh\r\n\r\n" + Hidden },
        { "no version", "GET /\r\nHost: checkout.mesh\r\n\r\n" + Hidden },
        { "version of another protocol", "GET / HTTP/9.9\r\nHost: checkout.mesh\r\n\r\n" + Hidden },
        { "space before the method", " GET / HTTP/1.1\r\nHost: checkout.mesh\r\n\r\n" + Hidden },
    };

    [Theory]
    [MemberData(nameof(Ambiguous))]
    public async Task AmbiguousRequest_IsRefused_AndWhatItHidesIsNeverSent(string kind, string bytes)
    {
        string hidden = "/hidden-" + kind.Replace(' ', '-');
        foreach (var url in mesh.Listeners)
        {
            string answer = await RawClient.SendAsync(url, bytes.Replace("/hidden", hidden, StringComparison.Ordinal));
            Assert.Matches(@"^HTTP/1\.1 (400|501|505) ", answer);
            Assert.DoesNotContain("200 OK", answer, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(hidden, mesh.App.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a%2fb/%252f?q=%2F", "/a%2fb/%252f?q=%2F")]
    [InlineData("/a;v=1/%3Bb//c", "/a;v=1/%3Bb//c")]
    [InlineData("/..;/admin", "/..;/admin")]
    [InlineData("/a/../b/./%2e%2e/c%2fd", "/c%2fd")]
    [InlineData("/%C3%A4/%41?x", "/%C3%A4/%41?x")]
    [InlineData("http://checkout.mesh/x%2fy?z", "/x%2fy?z")]
    public async Task Path_OfARequest_ReachesTheAppAsWritten_ButWithoutDotSegments(string target, string expected)
    {
        using var client = await RawClient.ConnectAsync(mesh.Listeners[1]);
        await client.WriteAsync($"GET {target} HTTP/1.1\r\nHost: checkout.mesh\r\nX-Case: {target}\r\n\r\n");
        await client.ReadUntilAsync("200 OK");

        string head = mesh.App.Received.Split("\r\n\r\n").Single(h => h.Contains($"X-Case: {target}\r\n", StringComparison.Ordinal));
        Assert.StartsWith($"GET {expected} HTTP/1.1\r\n", head);
    }

    [Fact]
    public async Task SignedLength_IsForwardedAsItWasUnderstood()
    {
        using var client = await RawClient.ConnectAsync(mesh.Listeners[0]);
        await client.WriteAsync("POST /signed HTTP/1.1\r\nHost: checkout.mesh\r\nContent-Length: +0\r\n\r\n");
        await client.ReadUntilAsync("200 OK");

        Assert.DoesNotContain("+0", mesh.App.Received, StringComparison.Ordinal);
    }
}
