using MeshInsight.Portal.Clients;
using MeshInsight.Portal.ViewModels;

namespace MeshInsight.Portal.Tests.ViewModels;

public class EntryServicesTests
{
    [Fact]
    public void Services_ThatCallEachOther_AreTraffic()
    {
        EdgeRed[] edges = [Edge("orders", "stock"), Edge("stock", "orders")];

        Assert.Equal(["orders", "stock"], EntryServices.Of(edges));
        Assert.Equal(20, EntryServices.Traffic(edges).Requests);
    }

    [Fact]
    public void Service_NobodyCalls_IsTheEntry()
    {
        EdgeRed[] edges = [Edge("web", "orders"), Edge("orders", "stock"), Edge("stock", "orders")];

        Assert.Equal(["web"], EntryServices.Of(edges));
        Assert.Equal(10, EntryServices.Traffic(edges).Requests);
    }

    private static EdgeRed Edge(string from, string to) => new(from, "v1", to, "v1", new(10, 0, 1, 2, 3, 1), Red.None);
}
