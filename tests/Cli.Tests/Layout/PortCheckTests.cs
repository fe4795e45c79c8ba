using System.Net;
using System.Net.Sockets;
using MeshInsight.Cli.Layout;

namespace MeshInsight.Cli.Tests.Layout;

public sealed class PortCheckTests
{
    [Fact]
    public void Problems_TakenPort_NamesPortAndWhoWantsItAndTheWayOut()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;

        string problem = Assert.Single(PortCheck.Problems([new(port, "the portal")]));

        Assert.Contains($"Port {port} is taken", problem, StringComparison.Ordinal);
        Assert.Contains("the portal wants it", problem, StringComparison.Ordinal);
        Assert.Contains("--port-base", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_FreePort_AreNone()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        other.Stop();

        Assert.Empty(PortCheck.Problems([new(port, "the portal")]));
    }

    [Fact]
    public void Problems_NoSuchPort_NamesPortBase() =>
        Assert.Contains("--port-base", Assert.Single(PortCheck.Problems([new(70_000, "the portal")])), StringComparison.Ordinal);
}
