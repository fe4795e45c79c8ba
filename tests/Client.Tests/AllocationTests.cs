using System.Net;
using MeshInsight.Client.Outbound;
using MeshInsight.Proxy;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshInsight.Client.Tests;

/// <summary>What a call in process costs beside what the sidecar's own path does for it.</summary>
public sealed class AllocationTests
{
    // The two messages of any HttpClient, a context with its features, the heads both ways, a pipe for the body: 5.0 KB when this was written.
    private const long Budget = 5 * 1024 + 512;

    [Fact]
    public async Task Call_InMemory_StaysWithinItsBudget()
    {
        var options = new ProxyOptions { Service = "web", Instance = "web-1", ControlUrl = null, OtlpUrl = null, MutualTls = false, CallsFromWithin = true, AccessLog = AccessLogMode.Off };
        await using var sidecar = new Sidecar(options, TimeProvider.System, new ConcurrentRandom(1), NullLoggerFactory.Instance, Stream.Null);
        var uri = new Uri("http://nobody.mesh/path?x=1");
        var context = new DefaultHttpContext();

        long inMemory = AllocatedBy(() =>
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, uri);
            message.Headers.TryAddWithoutValidation("accept", "*/*");
            // Nothing of it waits, so all of it is on this thread.
            var calling = InMemoryCall.SendAsync(message, uri, sidecar.Outbound, CancellationToken.None);
            Assert.True(calling.IsCompletedSuccessfully);
            using var response = calling.Result;
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        });
        long path = AllocatedBy(() =>
        {
            context.Request.Headers.Clear();
            context.Response.Headers.Clear();
            (context.Request.Method, context.Request.Protocol, context.Request.Host, context.Request.Path) = ("GET", "HTTP/1.1", new("nobody.mesh"), "/path");
            Assert.True(sidecar.Outbound.RunAsync(context).IsCompletedSuccessfully);
        });

        Assert.InRange(inMemory - path, 1, Budget);
    }

    private static long AllocatedBy(Action work)
    {
        for (int i = 0; i < 500; i++)
        {
            work();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            work();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
    }
}
