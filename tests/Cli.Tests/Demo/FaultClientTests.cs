using System.Net;
using System.Net.Sockets;
using MeshInsight.Cli.Demo;

namespace MeshInsight.Cli.Tests.Demo;

public sealed class FaultClientTests
{
    [Fact]
    public async Task Instance_TakesTheConnectionAndNeverAnswers_IsAFailureThatNamesIt()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var admin = new Uri($"http://{listener.LocalEndpoint}/");
        using var http = new HttpClient { Timeout = TimeSpan.FromMilliseconds(200) };
        var faults = new FaultClient(http, admin);

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => faults.SetAsync(new(0, 0, 0, 0), CancellationToken.None));

        Assert.Contains(admin.ToString(), failure.Message, StringComparison.Ordinal);
        Assert.Null(await faults.FirstAsync(CancellationToken.None));
    }
}
