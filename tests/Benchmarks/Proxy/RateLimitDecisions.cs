using MeshInsight.Benchmarks.Harness;
using MeshInsight.Contracts.Identity;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Limit;
using MeshInsight.Proxy.Match;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>What a rate limit costs a request that passes it: decisions of the compiled limits, on one thread, with the head read as the inbound path does.</summary>
internal sealed class RateLimitDecisions : IBenchmark
{
    private const int PerRun = 1000;
    private const int Lease = 10_000;

    // More than there are decisions, as the clock stands still.
    private static readonly RateConfig Ample = new(RateConfig.Highest, int.MaxValue);
    private static readonly SpiffeId Peer = SpiffeId.ForService("mesh.local", "web");

    public string Name => nameof(RateLimitDecisions);

    public string Summary => "Rate limit decisions: local, per identity, global with tokens in hand, and all of them";

    public IReadOnlyList<BenchmarkRow> Run() =>
    [
        Decisions("total", Limit(total: Ample)),
        Decisions("per identity", Limit(identity: Ample)),
        Decisions("global by header, tokens in hand", Limit(global: Global())),
        Decisions("total, per identity and global", Limit(Ample, Ample, Global())),
        Refusals("total, refused", Limit(total: new(0.001, 1))),
    ];

    private static RateLimitConfig Limit(RateConfig? total = null, RateConfig? identity = null, GlobalRateLimit? global = null) => new("bench", [], [], total, identity, [], global);

    private static GlobalRateLimit Global() => new(Ample, [new(LimitKeySource.Header, "x-tenant")], LimitFailureMode.Open, TimeSpan.FromSeconds(1));

    private static BenchmarkRow Decisions(string name, RateLimitConfig config) => Measure(name, config, expected: true);

    private static BenchmarkRow Refusals(string name, RateLimitConfig config) => Measure(name, config, expected: false);

    private static BenchmarkRow Measure(string name, RateLimitConfig config, bool expected)
    {
        // A clock that is read and stands still, so that tokens in hand do not age.
        var time = new FrozenTime();
        var limits = new InboundLimits([config], null, new TokenFetcher(null, "checkout", () => null, time), time);
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Path, request.Host) = ("GET", "/cart", new("checkout.mesh"));
        request.Headers["x-tenant"] = "red";
        var stock = Stock(limits, request, time);
        bool isFirst = true;
        var cost = CpuMeasurement.Of(() =>
        {
            stock?.Arrived(Lease, 0, time.GetTimestamp());
            for (int i = 0; i < PerRun; i++)
            {
                bool passes = limits.Decide(RequestHead.Of(request, isGrpc: false, "checkout"), Peer, "checkout").IsAllowed;
                if (passes != expected && !isFirst)
                {
                    throw new InvalidOperationException("The limit did not do what is measured.");
                }

                isFirst = false;
            }
        });
        if (limits.All[0].Counts.FailedOpen > 1)
        {
            throw new InvalidOperationException("There were no tokens in hand.");
        }

        double count = (double)cost.Runs * PerRun;
        return new(name, cost.CpuSeconds, [new("per decision", 1e9 * cost.CpuSeconds / count, "ns"), new("allocated", cost.AllocatedBytes / count, "B")]);
    }

    private static TokenStock? Stock(InboundLimits limits, HttpRequest request, TimeProvider time)
    {
        if (limits.All[0].Global is not { } global || !global.TryKey(RequestHead.Of(request, isGrpc: false, "checkout"), Peer, "checkout", out var key))
        {
            return null;
        }

        global.Take(key, time.GetTimestamp(), isAgain: false, out _, out _, out var stock);
        return stock;
    }

    private sealed class FrozenTime : TimeProvider
    {
        private readonly long _now = System.GetTimestamp();

        public override long GetTimestamp() => Math.Min(_now, base.GetTimestamp());
    }
}
