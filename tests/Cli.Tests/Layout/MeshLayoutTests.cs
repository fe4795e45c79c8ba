using MeshInsight.Cli.Demo;
using MeshInsight.Cli.Layout;
using MeshInsight.Cli.Platform;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Cli.Tests.Layout;

public sealed class MeshLayoutTests
{
    [Fact]
    public void StateDirectory_TwoBases_AreTwoPlaces()
    {
        var one = new MeshLayout("/mesh", MeshPorts.DefaultBase);
        var other = new MeshLayout("/mesh", 5300);

        Assert.NotEqual(one.TokenPath, other.TokenPath);
        Assert.NotEqual(one.DataDirectory("collector", demo: true), other.DataDirectory("collector", demo: true));
        Assert.NotEqual(one.DataDirectory("collector", demo: true), one.DataDirectory("collector", demo: false));
    }

    [Fact]
    public void Ports_OfPlatformAndShop_AreAllDifferent()
    {
        var layout = new MeshLayout("/mesh", 5300);

        var ports = new PlatformPrograms(layout, demo: true) { ForeignClickHouse = null }.Ports().Concat(new ShopPlan(layout).Ports()).Select(claim => claim.Port).ToList();

        Assert.Equal(ports.Count, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 5300, 5500));
    }

    [Fact]
    public void Ports_ClickHouseElsewhere_LeaveItsPortAlone()
    {
        var layout = new MeshLayout("/mesh", 5300);

        var ports = new PlatformPrograms(layout, demo: true) { ForeignClickHouse = "http://db:8123" }.Ports();

        Assert.DoesNotContain(ports, claim => claim.Port == 5300 + MeshPorts.ClickHouse);
    }
}
