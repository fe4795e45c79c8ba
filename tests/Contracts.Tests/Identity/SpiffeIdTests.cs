using MeshInsight.Contracts.Identity;

namespace MeshInsight.Contracts.Tests.Identity;

public sealed class SpiffeIdTests
{
    [Theory]
    [InlineData("spiffe://mesh.local/ns/default/sa/checkout", "mesh.local", "default", "checkout")]
    [InlineData("spiffe://a_b-c.9/ns/x/sa/Y.z", "a_b-c.9", "x", "Y.z")]
    [InlineData("spiffe://mesh.local/other/form", "mesh.local", "", "")]
    [InlineData("spiffe://mesh.local", "mesh.local", "", "")]
    public void TryParse_IdOfTheStandard_IsTaken(string text, string trustDomain, string ns, string service)
    {
        Assert.True(SpiffeId.TryParse(text, out var id, out string problem), problem);
        Assert.Equal((trustDomain, ns, service), (id.TrustDomain, id.Namespace, id.Service));
        Assert.Equal(text, id.ToString());
    }

    [Theory]
    [InlineData("https://mesh.local/x")]
    [InlineData("spiffe://")]
    [InlineData("spiffe:///x")]
    [InlineData("spiffe://Mesh.local/x")]
    [InlineData("spiffe://mesh.local:80/x")]
    [InlineData("spiffe://user@mesh.local/x")]
    [InlineData("spiffe://mesh.local/")]
    [InlineData("spiffe://mesh.local/x/")]
    [InlineData("spiffe://mesh.local//x")]
    [InlineData("spiffe://mesh.local/./x")]
    [InlineData("spiffe://mesh.local/../x")]
    [InlineData("spiffe://mesh.local/%41")]
    [InlineData("spiffe://mesh.local/x?y")]
    [InlineData("spiffe://mesh.local/x#y")]
    [InlineData("spiffe://m%20/x")]
    public void TryParse_IdAgainstTheStandard_IsRefusedWithAReason(string text)
    {
        Assert.False(SpiffeId.TryParse(text, out var id, out string problem));
        Assert.Null(id);
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void TryParse_LongestAllowed_IsTakenAndOneMoreIsNot()
    {
        string longest = "spiffe://t/" + new string('a', 2048 - "spiffe://t/".Length);

        Assert.True(SpiffeId.TryParse(longest, out _, out _));
        Assert.False(SpiffeId.TryParse(longest + "a", out _, out _));
    }
}
