using MeshInsight.Proxy.Identity;

namespace MeshInsight.Proxy.Tests.Identity;

public sealed class ExpectedPeersTests
{
    [Theory]
    [InlineData("http://10.0.0.1:8080")]
    [InlineData("http://10.0.0.1:80")]
    [InlineData("http://[fe80::1]:8080")]
    [InlineData("http://Checkout-0.internal:8080")]
    public void At_AnAddressThatWasCalled_IsWhoWasSaidLast(string prefix)
    {
        var peers = new ExpectedPeers();
        peers.Expect(prefix, "spiffe://mesh/sa/checkout");
        peers.Expect(prefix, "spiffe://mesh/sa/payment");
        peers.Expect("http://10.0.0.2:8080", "spiffe://mesh/sa/other");

        Assert.Equal("spiffe://mesh/sa/payment", peers.At(new Uri(prefix + "/cart?x=1")));
        Assert.Null(peers.At(new Uri("http://10.0.0.3:8080/")));
    }

    [Fact]
    public void At_ManyAddresses_ForgetsTheOldestOnly()
    {
        var peers = new ExpectedPeers();
        for (int i = 0; i < 40_000; i++)
        {
            peers.Expect($"http://10.0.0.1:{i + 1}", "spiffe://mesh/sa/checkout");
        }

        Assert.NotNull(peers.At(new Uri("http://10.0.0.1:40000")));
        Assert.NotNull(peers.At(new Uri("http://10.0.0.1:25000")));
        Assert.Null(peers.At(new Uri("http://10.0.0.1:1")));
    }
}
