using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Limit;
using MeshInsight.Proxy.Match;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Limit;

public sealed class CompiledLimitTests
{
    private static readonly SpiffeId Web = SpiffeId.ForService("mesh.local", "web");
    private static readonly SpiffeId Admin = SpiffeId.ForService("mesh.local", "admin");

    private readonly ManualTimeProvider _time = new();

    private static RateLimitConfig Config(RateConfig? total = null, RateConfig? identity = null, params RateOverride[] overrides) =>
        new("limit", [], [], total, identity, overrides, null);

    private static RequestHead Head(string path = "/", string method = "GET")
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Host, request.Path) = (method, new("checkout.mesh"), path);
        return RequestHead.Of(request, isGrpc: false);
    }

    private CurrentLimits Current(params RateLimitConfig[] limits)
    {
        var current = new CurrentLimits("checkout", new(null, "checkout", () => null, _time), _time);
        current.Use(limits);
        return current;
    }

    private static int Passed(CurrentLimits current, int requests, SpiffeId? peer, string path = "/")
    {
        int passed = 0;
        for (int i = 0; i < requests; i++)
        {
            passed += current.Limits!.Decide(Head(path), peer).IsAllowed ? 1 : 0;
        }

        return passed;
    }

    [Fact]
    public void Decide_TotalAlone_IsSharedByAllCallers()
    {
        var current = Current(Config(total: new(10, 10)));

        Assert.Equal(6, Passed(current, 6, Web));
        Assert.Equal(4, Passed(current, 6, Admin));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(5, Passed(current, 6, null));
        var refusal = current.Limits!.Decide(Head(), Web);
        Assert.Equal((LimitReason.Total, 10.0), (refusal.Reason, refusal.Rate!.RequestsPerSecond));
        Assert.Equal(4, current.Limits.All[0].Counts.Of(LimitReason.Total));
    }

    [Fact]
    public void Decide_CallerAboveItsOwnRate_TakesNothingFromTheOthers()
    {
        var current = Current(Config(total: new(10, 10), identity: new(4, 4)));

        Assert.Equal(4, Passed(current, 100, Web));

        Assert.Equal(4, Passed(current, 4, Admin));
        Assert.Equal(96, current.Limits!.All[0].Counts.Of(LimitReason.Identity));
        Assert.Equal(0, current.Limits.All[0].Counts.Of(LimitReason.Total));
    }

    [Fact]
    public void Decide_TotalRefuses_GivesTheCallersOwnTokenBack()
    {
        var current = Current(Config(total: new(1, 1), identity: new(1, 1)));
        Assert.Equal(1, Passed(current, 1, Web));

        Assert.Equal(0, Passed(current, 50, Admin));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, Passed(current, 1, Admin));
    }

    [Fact]
    public void Decide_Override_ReplacesTheCallersRateAndIsSharedByThoseItNames()
    {
        var current = Current(Config(identity: new(2, 2), overrides: [new(new(5, 5), ["web", "shop"])]));

        Assert.Equal(3, Passed(current, 3, Web));
        Assert.Equal(2, Passed(current, 3, SpiffeId.ForService("mesh.local", "shop")));
        Assert.Equal(2, Passed(current, 3, Admin));
    }

    [Fact]
    public void Decide_CallersWithoutIdentity_ShareOneBucket()
    {
        var current = Current(Config(identity: new(2, 2)));

        Assert.Equal(2, Passed(current, 5, null));
        Assert.Equal(2, Passed(current, 5, Web));
    }

    [Fact]
    public void Decide_Matches_LimitOnlyThemUnderEveryReadingOfThePath()
    {
        var login = new RouteMatch(PathMatchKind.Exact, "/login", "", []);
        var current = Current(Config(total: new(1, 1)) with { Matches = [login] });

        Assert.Equal(5, Passed(current, 5, Web, "/cart"));
        Assert.Equal(1, Passed(current, 5, Web, "/login"));
        Assert.Equal(0, Passed(current, 5, Web, "//login"));
        Assert.Equal(0, Passed(current, 5, Web, "/x/..;/login"));
    }

    [Fact]
    public void Decide_SeveralLimits_AllMustLetItPass()
    {
        var current = Current(Config(total: new(3, 3)), Config(identity: new(2, 2)) with { Name = "second" });

        Assert.Equal(2, Passed(current, 2, Web));
        Assert.Equal("second", current.Limits!.Decide(Head(), Web).Limit!.Config.Name);
    }

    [Fact]
    public void Use_SameRatesAgain_KeepsBucketsAndCounts()
    {
        var config = Config(total: new(10, 10), identity: new(5, 5), overrides: [new(new(3, 3), ["admin"])]);
        var current = Current(config);
        Assert.Equal(5, Passed(current, 9, Web));
        Assert.Equal(3, Passed(current, 9, Admin));

        current.Use([Config(total: new(10, 10), identity: new(5, 5), overrides: [new(new(3, 3), ["admin"])])]);
        Assert.Equal(0, Passed(current, 1, Web));
        Assert.Equal(0, Passed(current, 1, Admin));
        Assert.Equal(5, current.Limits!.All[0].Counts.Of(LimitReason.Identity));

        current.Use([Config(identity: new(6, 6))]);
        Assert.Equal(6, Passed(current, 9, Web));
    }

    [Fact]
    public void Use_LimitsOfOtherServicesOnly_CostNothing()
    {
        var current = Current(Config(total: new(1, 1)) with { Services = ["payment"] });

        Assert.Null(current.Limits);
    }

    [Fact]
    public void Decide_EveryKindOfRate_Warm_AllocatesNothing()
    {
        var current = new CurrentLimits("checkout", new(null, "checkout", () => null, TimeProvider.System), TimeProvider.System);
        current.Use([Config(new(1e5, 1000), new(1e4, 10), new RateOverride(new(10, 10), ["admin"])) with { Matches = [new(PathMatchKind.Prefix, "/cart", "", [])] }]);
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Host, request.Path) = ("GET", new("checkout.mesh"), "/cart/7");
        void Work()
        {
            current.Limits!.Decide(RequestHead.Of(request, isGrpc: false), Web);
            current.Limits!.Decide(RequestHead.Of(request, isGrpc: false), Admin);
            current.Limits!.Decide(RequestHead.Of(request, isGrpc: false), null);
        }

        for (int i = 0; i < 2000; i++)
        {
            Work();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Work();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
