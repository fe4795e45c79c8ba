using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Balance;
using MeshInsight.Proxy.Edge;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Forward;
using MeshInsight.Proxy.Health;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Spans;
using MeshInsight.Proxy.Tests.Support;
using MeshInsight.Proxy.Trace;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests;

/// <summary>What runs per request and is ours allocates nothing once warm.</summary>
public sealed class AllocationTests
{
    private static long AllocatedBy(Action work)
    {
        for (int i = 0; i < 2000; i++)
        {
            work();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            work();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
    }

    [Fact]
    public void MatchAndPick_Warm_AllocateNothing()
    {
        var route = new RouteConfig(
            "checkout", "checkout", [new(PathMatchKind.Prefix, "/cart", "", []) { Query = [new("size", "7", false)] }], [new("checkout/v1", 90), new("checkout/v2", 10)], default, default, RetryConfig.None);
        ClusterConfig Cluster(string version) => new(
            $"checkout/{version}", "checkout", version, ClusterProtocol.Http, [.. Enumerable.Range(0, 3).Select(i => new EndpointConfig($"{version}-{i}", $"10.0.0.{i}:80", version, "", i == 0 ? 5 : 100))]);
        var table = RouteTable.Compile(new(1, [route], [Cluster("v1"), Cluster("v2")]), RouteTable.Empty, TimeProvider.System);
        var random = new ConcurrentRandom(1);
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Host, request.Path, request.QueryString) = ("GET", new("checkout.mesh:80"), "/cart/7", new("?colour=blue&size=7"));

        Assert.Equal(0, AllocatedBy(() =>
        {
            var choice = table.Match(RequestHead.Of(request, isGrpc: false));
            choice.Route!.PickCluster(random, out _)!.Pick(random, null);
        }));
    }

    [Fact]
    public void Gateway_FindingARoute_Warm_AllocatesNothing()
    {
        var route = new RouteConfig("shop", "shop", [new(PathMatchKind.Prefix, "/cart", "", [])], [], default, default, RetryConfig.None);
        HostConfig[] hosts = [new("shop.example.com", [route]), new("*.example.com", [route])];
        var gateway = new GatewayConfig("edge", [new("web", "*.example.com", 443, GatewayProtocol.Https, false, ["shop"], hosts)]);
        var table = RouteTable.Compile(MeshSnapshot.Empty with { Gateways = [gateway] }, RouteTable.Empty, TimeProvider.System, gateway: "edge").Gateway;
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Host, request.Path) = ("GET", new("a.b.example.com:443"), "/cart/7");

        Assert.Equal(0, AllocatedBy(() =>
        {
            var host = Authority.Host(request.Host.Value);
            Assert.NotNull(table.Port(443)!.Find(host)!.Match(host, RequestHead.Of(request, isGrpc: false)).Route);
            Assert.Same(request.Path.Value, EdgePaths.Normalize(request.Path.Value!));
        }));
    }

    [Fact]
    public void Pick_OfEveryBalancerWithEveryPolicy_Warm_AllocatesNothing()
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = "a=1; shop=77; b=2";
        foreach (var kind in Enum.GetValues<BalancerKind>())
        {
            bool isHashing = kind is BalancerKind.RingHash or BalancerKind.Maglev;
            var policy = TrafficPolicy.None with
            {
                Balancer = new(kind, isHashing ? new(HashSource.Cookie, "shop", TimeSpan.Zero, "/") : null),
                Breaker = new(1024, 1024, 1024, 3),
                Outlier = new(1000, 0, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1), TimeSpan.FromHours(1), 100, new(10, 2, 1), new(100, 2, 1_000_000)),
                SlowStart = new(TimeSpan.FromHours(1), 1, 10),
                Locality = new(140, 10, []),
            };
            var endpoints = Enumerable.Range(0, 6).Select(i => Endpoints.One($"c{i}", i < 3 ? "eu/a" : "eu/b", i + 1, isReady: i != 1));
            var cluster = ClusterTable.Build([Endpoints.Cluster(policy, endpoints)], ClusterTable.Empty, TimeProvider.System, "eu/a").Find(Endpoints.ClusterName)!;
            cluster.Find("c4").Health.Eject(TimeSpan.FromHours(1));
            var detector = new OutlierDetector(TimeProvider.System);
            var breakers = new CircuitBreakers();
            var random = new ConcurrentRandom(1);
            int turn = 0;

            Assert.Equal(0, AllocatedBy(() =>
            {
                var breaker = breakers.For(cluster.Config)!;
                var entering = breaker.EnterAsync(false, default, default);
                if (!entering.IsCompletedSuccessfully || entering.Result != BreakerAnswer.Admitted)
                {
                    throw new InvalidOperationException("Nobody was in its way.");
                }

                var endpoint = cluster.Pick(random, null, Affinity.Hash(policy.Balancer.Hash, context, random))!;
                endpoint.Begin();
                endpoint.End(TimeSpan.FromMilliseconds(1), isFailure: false);
                detector.Observe(cluster, endpoint, ++turn % 10 == 0 ? TryOutcome.Failure : TryOutcome.Success);
                breaker.Exit();
            }));
        }
    }

    [Fact]
    public void Admission_WithRoom_AllocatesNothing()
    {
        var adaptive = new AdaptiveConcurrencyConfig(3, 1000, TimeSpan.FromTicks(1), 25, TimeSpan.FromMilliseconds(1), 50, 15);
        var gate = new AdmissionGate(new(1000, adaptive, 100, TimeSpan.FromMilliseconds(100)), TimeProvider.System, new ConcurrentRandom(1));

        Assert.Equal(0, AllocatedBy(() =>
        {
            var entering = gate.EnterAsync(PriorityClass.High, TimeSpan.MaxValue, default);
            if (!entering.IsCompletedSuccessfully || entering.Result.Answer != AdmissionAnswer.Admitted)
            {
                throw new InvalidOperationException("Nobody was in its way.");
            }

            gate.HeadArrived(entering.Result.At, isSample: true);
            gate.Exit(hadHead: true);
        }));
    }

    [Fact]
    public void Spans_Warm_AllocateNothing()
    {
        var recorder = new SpanRecorder(new("web", "v1", "w1"), new(), () => { });
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Scheme = "http";
        context.Request.Host = new("checkout.mesh:80");
        context.Request.Path = "/cart/7";
        context.Request.Protocol = "HTTP/1.1";
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        var exchange = new Exchange
        {
            IsInbound = false,
            Context = context,
            Trace = TraceContext.Begin(new ConcurrentRandom(1)),
            StartedAt = TimeProvider.System.GetUtcNow(),
            StartTimestamp = TimeProvider.System.GetTimestamp(),
            IsGrpc = false,
            RouteTemplate = "/cart",
            InboundSpanId = new(7),
        };
        var attempt = new AttemptRecord { SpanId = new(8), Destination = new("checkout", "v1", "c1"), Address = "10.0.0.1:80", ResendCount = 0, StartTimestamp = exchange.StartTimestamp, Status = 200 };

        Assert.Equal(0, AllocatedBy(() =>
        {
            recorder.RecordServer(exchange);
            recorder.RecordClient(exchange, attempt);
            if (recorder.Take(ExportDue.Begun) is { } batch)
            {
                recorder.Return(batch);
            }
        }));
    }

    [Fact]
    public void AccessLogRecords_Warm_AllocateNothing()
    {
        var recorder = new LogRecorder(new("web", "v1", "w1"), AccessLogMode.All, TimeProvider.System, new(), () => { });
        var log = new AccessLog(AccessLogMode.Off, recorder, new(), TimeProvider.System);
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Host, context.Request.Path, context.Request.Protocol) = ("GET", new("checkout.mesh:80"), "/cart/7", "HTTP/1.1");
        (context.Connection.RemoteIpAddress, context.Connection.LocalIpAddress) = (IPAddress.Loopback, IPAddress.IPv6Loopback);
        var exchange = new Exchange { IsInbound = true, Context = context, Trace = TraceContext.Begin(new ConcurrentRandom(1)), StartedAt = default, StartTimestamp = 0, IsGrpc = false, Status = 200 };

        Assert.Equal(0, AllocatedBy(() =>
        {
            log.Write(exchange);
            if (recorder.Take(ExportDue.Begun) is { } batch)
            {
                recorder.Return(batch);
            }
        }));
    }

    [Fact]
    public void Metrics_Warm_AllocateNothing()
    {
        var metrics = new RequestMetrics(TimeProvider.System);
        var exchange = new Exchange { IsInbound = true, Context = new DefaultHttpContext(), Trace = default, StartedAt = default, StartTimestamp = 0, IsGrpc = false, Peer = new("web", "v1", ""), Status = 200 };

        Assert.Equal(0, AllocatedBy(() => metrics.Add(exchange)));
    }

    [Fact]
    public void MetricsWithExemplarsAndEdges_Warm_AllocateNothing()
    {
        var metrics = new RequestMetrics(TimeProvider.System, keepsExemplars: true);
        var random = new ConcurrentRandom(1);
        var exchanges = Enumerable.Range(0, 64)
            .Select(i => new Exchange { IsInbound = true, Context = new DefaultHttpContext(), Trace = TraceContext.Begin(random), StartedAt = TimeProvider.System.GetUtcNow(), StartTimestamp = TimeProvider.System.GetTimestamp(), EndTimestamp = TimeProvider.System.GetTimestamp(), IsGrpc = false, Peer = new("web", "v1", ""), Status = 200 })
            .ToArray();
        var attempt = new AttemptRecord { SpanId = new(8), Destination = new("checkout", "v1", "c1"), Address = "10.0.0.1:80", ResendCount = 0, StartTimestamp = 0, RoundTripNanos = 1_000_000, ServerTime = new(900, 800) };
        int turn = 0;

        Assert.Equal(0, AllocatedBy(() =>
        {
            metrics.Add(exchanges[++turn % 64]);
            metrics.Add(attempt);
        }));
    }

    [Fact]
    public void TimeHeader_Written_IsOneShortText()
    {
        // A string of 11 characters, header and length included.
        Assert.InRange(AllocatedBy(() => MeshTimeHeader.Format(1_234_567_000, 99_000)), 1, 48);
    }
}
