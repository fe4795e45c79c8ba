using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Tests.Support;

namespace MeshInsight.Proxy.Tests.Forward;

/// <summary>The class of a request as the network sees it, in the first packet of the connection it goes by.</summary>
public sealed class DscpTests
{
    public static TheoryData<string, int> Classes => new() { { "critical", 34 }, { "high", 26 }, { "medium", 0 }, { "low", 1 } };

    private static async Task<int> MarkAsync(MeshRig rig, Sidecar caller, SynListener listener, string priority, bool isSecured)
    {
        var route = MeshConfig.Route("checkout", ("checkout/v1", 1));
        route.Priority = new() { Header = "x-priority", Values = { [priority] = (Control.V1.PriorityClass)PriorityClasses.ByName[priority] } };
        var snapshot = MeshConfig.Of([route], [MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, listener.Address)]);
        await rig.PublishAsync(1, isSecured ? rig.Secure(snapshot) : snapshot);
        using var client = MeshRig.Client(caller);
        var mark = listener.NextAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("x-priority", priority);
        using var response = await client.SendAsync(request);
        return await mark;
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public async Task PlainConnection_BearsTheMarkOfTheClass(string priority, int dscp)
    {
        await using var rig = await MeshRig.StartAsync();
        var caller = await rig.StartCallerAsync();
        using var listener = new SynListener(IPAddress.Loopback);

        Assert.Equal(dscp, await MarkAsync(rig, caller, listener, priority, isSecured: false));
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public async Task Ipv6Connection_BearsTheMarkOfTheClass(string priority, int dscp)
    {
        await using var rig = await MeshRig.StartAsync();
        var caller = await rig.StartCallerAsync();
        using var listener = new SynListener(IPAddress.IPv6Loopback);

        Assert.Equal(dscp, await MarkAsync(rig, caller, listener, priority, isSecured: false));
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public async Task SecuredConnection_BearsTheMarkOfTheClass(string priority, int dscp)
    {
        await using var rig = await MeshRig.StartSecureAsync();
        var caller = await MeshRig.IdentifiedAsync(rig.StartCallerAsync());
        using var listener = new SynListener(IPAddress.Loopback);

        Assert.Equal(dscp, await MarkAsync(rig, caller, listener, priority, isSecured: true));
    }
}
