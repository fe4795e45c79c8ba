using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using DestinationConfig = Yarp.ReverseProxy.Configuration.DestinationConfig;
using YarpCluster = Yarp.ReverseProxy.Configuration.ClusterConfig;
using YarpRoute = Yarp.ReverseProxy.Configuration.RouteConfig;

namespace MeshInsight.Proxy.Tests;

/// <summary>Counts what the whole process allocates, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(RequestAllocationTests), DisableParallelization = true)]
[Collection(nameof(RequestAllocationTests))]
public sealed class RequestAllocationTests
{
    private const int WarmUp = 6000;
    private const int Requests = 3000;

#if DEBUG
    // Without optimization the state of every async method is an object of its own.
    private const long ByTheCompiler = 1000;
#else
    private const long ByTheCompiler = 0;
#endif

    /// <summary>Against YARP as its documentation sets it up. The client and the app allocate nothing; what is recorded neither, as AllocationTests show: it is left out here because the exporter's buffers would come and go.</summary>
    [Fact]
    public async Task Request_ThroughASidecar_AllocatesNoMoreThanThroughBareYarp()
    {
        using var app = new CannedApp();
        await using var yarp = await StartYarpAsync(app.Address);
        await using var rig = await MeshRig.StartAsync();
        var callee = await rig.StartSidecarAsync(new() { Service = "checkout", Version = "v1", AppUrl = new("http://" + app.Address) }, WithoutCollector);
        var caller = await rig.StartCallerAsync(WithoutCollector);
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, callee);
        cluster.Endpoints[0].Address = app.Address;
        await rig.PublishAsync(2, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 100))], [cluster]));

        long bare = PerRequest(new(yarp.Urls.First()));
        long inbound = PerRequest(callee.Url(ListenerSide.Inbound));
        long outbound = PerRequest(caller.Url(ListenerSide.Outbound));

        Assert.True(inbound <= bare + ByTheCompiler && outbound <= bare + ByTheCompiler, $"Bytes per request: bare YARP {bare}, inbound {inbound}, outbound {outbound}.");

        static ProxyOptions WithoutCollector(ProxyOptions options) => options with { OtlpUrl = null };
    }

    private static long PerRequest(Uri url)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(url.Host, url.Port);
        byte[] request = Encoding.ASCII.GetBytes("GET /cart/7 HTTP/1.1\r\nHost: checkout.mesh\r\n\r\n");
        byte[] answer = new byte[16 * 1024];
        Repeat(WarmUp);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Repeat(Requests);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;

        void Repeat(int times)
        {
            for (int i = 0; i < times; i++)
            {
                socket.Send(request);
                int read = 0;
                do
                {
                    read += socket.Receive(answer.AsSpan(read));
                }
                while (!answer.AsSpan(0, read).EndsWith(CannedApp.Answer.AsSpan(^1024..)));
            }
        }
    }

    private static async Task<WebApplication> StartYarpAsync(string upstream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new YarpRoute { RouteId = "all", ClusterId = "app", Match = new() { Path = "{**path}" } }],
            [new YarpCluster { ClusterId = "app", Destinations = new Dictionary<string, DestinationConfig> { ["one"] = new() { Address = "http://" + upstream } } }]);
        var app = builder.Build();
        app.MapReverseProxy();
        await app.StartAsync();
        return app;
    }
}
