using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Balance;

public sealed class AffinityTests
{
    private static readonly ConcurrentRandom Dice = new(1);

    private static HashConfig By(HashSource source, string name = "") => new(source, name, TimeSpan.Zero, "/");

    private static async Task<(MeshRig Rig, Sidecar Caller)> StartAsync(Hash hash, int instances = 4)
    {
        var rig = await MeshRig.StartAsync();
        var sidecars = new List<Sidecar>();
        for (int i = 0; i < instances; i++)
        {
            string name = $"c{i}";
            sidecars.Add(await rig.StartServiceAsync("checkout", "v1", await rig.StartAppAsync(context => context.Response.WriteAsync(name))));
        }

        var caller = await rig.StartCallerAsync();
        var cluster = MeshConfig.Cluster("checkout", "v1", ClusterProtocol.Http, [.. sidecars]);
        cluster.Policy = new() { Balancer = Control.V1.TrafficPolicy.Types.Balancer.RingHash, Hash = hash };
        await rig.PublishAsync(instances + 1, MeshConfig.Of([MeshConfig.Route("checkout", ("checkout/v1", 1))], [cluster]));
        return (rig, caller);
    }

    [Theory]
    [InlineData("session=abc", true)]
    [InlineData("other=1; session=abc", true)]
    [InlineData("xsession=abc", false)]
    [InlineData("sessionx=abc", false)]
    [InlineData("", false)]
    public void Cookie_IsFoundAmongOthers(string cookies, bool isFound)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = cookies;

        Assert.Equal(isFound ? KeyHash.Of("abc") : 0, Affinity.Hash(By(HashSource.Cookie, "session"), context, Dice));
    }

    [Fact]
    public void Source_Ipv4InIpv6_IsTheSameClient()
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse("10.1.2.3");
        ulong plain = Affinity.Hash(By(HashSource.Source), context, Dice);
        context.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:10.1.2.3");

        Assert.Equal(plain, Affinity.Hash(By(HashSource.Source), context, Dice));
        context.Connection.RemoteIpAddress = IPAddress.Parse("10.1.2.4");
        Assert.NotEqual(plain, Affinity.Hash(By(HashSource.Source), context, Dice));
    }

    [Fact]
    public async Task Header_SameValue_FindsTheSameInstance()
    {
        var (rig, caller) = await StartAsync(new() { Source = Hash.Types.Source.Header, Name = "x-user" });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        var seen = new HashSet<string>();
        for (int user = 0; user < 20; user++)
        {
            var instances = new HashSet<string>();
            for (int i = 0; i < 5; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "x-user", $"u{user}" } } };
                using var response = await client.SendAsync(request);
                instances.Add(await response.Content.ReadAsStringAsync());
            }

            seen.Add(Assert.Single(instances));
        }

        Assert.True(seen.Count > 1);
    }

    [Fact]
    public async Task Cookie_GivenWithTheFirstAnswer_LeadsBack()
    {
        var (rig, caller) = await StartAsync(new() { Source = Hash.Types.Source.Cookie, Name = "shop", CookieLifeMillis = 60_000, CookiePath = "/cart" });
        await using var _ = rig;
        using var client = MeshRig.Client(caller);
        for (int user = 0; user < 10; user++)
        {
            using var first = await client.GetAsync("/");
            string cookie = first.Headers.GetValues("Set-Cookie").Single();
            Assert.Matches("^shop=[0-9a-f]{16}; Max-Age=60; Path=/cart; HttpOnly; SameSite=Lax$", cookie);

            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Cookie", cookie.Split(';')[0] } } };
            using var again = await client.SendAsync(request);

            Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
            Assert.False(again.Headers.Contains("Set-Cookie"));
        }
    }
}
