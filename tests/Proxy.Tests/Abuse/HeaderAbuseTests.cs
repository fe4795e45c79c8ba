using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Tests.Support;

namespace MeshInsight.Proxy.Tests.Abuse;

/// <summary>Headers that are too much, and headers by which an app (or who speaks through it) would have clients see another response than it sent.</summary>
public sealed class HeaderAbuseTests(AbuseMesh mesh) : IClassFixture<AbuseMesh>
{
    private const int TooManyBytes = 80 * 1024;
    private const int TooMany = 150;

    [Fact]
    public Task HeadersBeyondTheTotal_AreRefused() =>
        RefusedAsync($"GET /too-large HTTP/1.1\r\nHost: checkout.mesh\r\nX: {new string('x', TooManyBytes)}\r\n\r\n", "431", "/too-large");

    [Fact]
    public Task HeadersBeyondTheCount_AreRefused() =>
        RefusedAsync($"GET /too-many HTTP/1.1\r\nHost: checkout.mesh\r\n{string.Concat(Enumerable.Range(0, TooMany).Select(i => $"X-{i}: 1\r\n"))}\r\n", "431", "/too-many");

    [Fact]
    public Task TargetBeyondTheLimit_IsRefused() =>
        RefusedAsync($"GET /too-long{new string('x', TooManyBytes)} HTTP/1.1\r\nHost: checkout.mesh\r\n\r\n", "414", "/too-long");

    [Theory]
    [InlineData("bare carriage return", "X-A: a\rSet-Cookie: stolen=1")]
    [InlineData("nul", "X-A: a\0b")]
    [InlineData("folded line", "X-A: a\r\n Set-Cookie: stolen=1")]
    [InlineData("name with a space", "X A: 1")]
    [InlineData("two lengths", "Content-Length: 2\r\nContent-Length: 30")]
    public async Task ResponseHead_ThatIsBroken_AddsNothingToWhatTheClientSees(string kind, string header)
    {
        Assert.NotEmpty(kind);
        await using var app = new RawApp($"HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 2\r\n\r\nok");
        await using var rig = await MeshRig.StartAsync();
        var checkout = await rig.StartSidecarAsync(new() { Service = "checkout", Version = "v1", AppUrl = app.Url });

        using var client = await RawClient.ConnectAsync(checkout.Url(ListenerSide.Inbound));
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: checkout.mesh\r\nConnection: close\r\n\r\n");
        string answer = await client.ReadToEndAsync();

        string[] lines = answer.Split("\r\n\r\n")[0].Split("\r\n");
        Assert.Matches("^HTTP/1.1 (200|50[23]) ", lines[0]);
        Assert.DoesNotContain(lines.Skip(1), line => line.StartsWith("Set-Cookie", StringComparison.OrdinalIgnoreCase) || line.AsSpan().ContainsAny('\r', '\0', '\n') || line.StartsWith(' '));
        Assert.True(lines.Count(line => line.StartsWith("Content-Length", StringComparison.OrdinalIgnoreCase)) <= 1, answer);
    }

    private async Task RefusedAsync(string request, string status, string path)
    {
        foreach (var url in mesh.Listeners)
        {
            using var client = await RawClient.ConnectAsync(url);
            try
            {
                await client.WriteAsync(request);
            }
            catch (IOException)
            {
                // Refused before all was sent.
            }

            Assert.StartsWith($"HTTP/1.1 {status} ", await client.ReadToEndAsync());
        }

        Assert.DoesNotContain(path, mesh.App.Received, StringComparison.Ordinal);
    }
}
