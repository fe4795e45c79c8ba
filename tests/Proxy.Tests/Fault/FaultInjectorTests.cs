using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Export;
using MeshInsight.Proxy.Fault;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Observe;
using MeshInsight.Proxy.Records;
using MeshInsight.Testing;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Fault;

public sealed class FaultInjectorTests
{
    private static readonly FaultConfig Slow = new("slow", ["checkout"], [], [], new(TimeSpan.FromSeconds(3), 100), null, 0);

    private readonly ManualTimeProvider _time = new();
    private readonly CurrentFaults _faults = new("web");
    private readonly RequestObserver _observer;
    private readonly FaultInjector _injector;

    public FaultInjectorTests()
    {
        var counters = new TelemetryCounters();
        var random = new ConcurrentRandom(1);
        _observer = new(null, new(_time), new AccessLog(AccessLogMode.Off, null, counters, _time), new OpenInbound(), new WhyGate(), _time, random);
        _injector = new(_faults, new(_observer), _time, random);
    }

    private FaultCounts Counts => _faults.Table!.All[0].Counts;

    private static RouteConfig Route(TimeSpan timeout = default) => new("checkout", "checkout", [], [], timeout, TimeSpan.Zero, RetryConfig.None);

    private Exchange Exchange(string path = "/", params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Host, context.Request.Path) = ("GET", new("checkout.mesh"), path);
        foreach (var (name, value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        return _observer.BeginOutbound(context);
    }

    [Fact]
    public async Task Delay_WaitsByTheClockAndLetsTheRequestGoOn()
    {
        _faults.Use([Slow]);
        var exchange = Exchange();

        var running = _injector.RunAsync(exchange, Route()).AsTask();
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(running.IsCompleted);
        Assert.Equal(1, Counts.Active);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.True(await running);
        Assert.Equal(ResponseFlags.DelayInjected, exchange.Flags);
        Assert.Equal(new InjectedFault("slow", "delay"), exchange.Fault);
        Assert.Equal((0, 1), (Counts.Active, Counts.Delays));
        // The wait is not the callee's: its span begins after it.
        Assert.Equal(_time.GetTimestamp(), _observer.BeginAttempt(exchange, new("checkout", "", ""), "").StartTimestamp);
        Assert.False(AccessLog.IsFailure(exchange));
    }

    [Fact]
    public async Task Delay_LongerThanTheRoutesTimeout_AnswersWhenThatIsOver()
    {
        _faults.Use([Slow]);
        var exchange = Exchange();

        var running = _injector.RunAsync(exchange, Route(TimeSpan.FromSeconds(1))).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.False(await running);
        Assert.Equal((504, ResponseFlags.UpstreamTimeout | ResponseFlags.DelayInjected), (exchange.Status, exchange.Flags));
        Assert.Equal(new InjectedFault("slow", "timeout"), exchange.Fault);
        Assert.Equal("the request's time was over while FaultInjection slow delayed it (UT,DI)", exchange.FailureReason);
    }

    [Fact]
    public async Task Delay_ShorterThanTheTimeout_LeavesTheRestOfItToTheTries()
    {
        _faults.Use([Slow]);
        var exchange = Exchange("/", ("x-mesh-timeout-ms", "10000"));

        var running = _injector.RunAsync(exchange, Route(TimeSpan.FromSeconds(5))).AsTask();
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.True(await running);
        Assert.Equal(2, _time.GetElapsedTime(_time.GetTimestamp(), exchange.DeadlineTimestamp).TotalSeconds);
    }

    [Fact]
    public async Task Delay_OfAClientThatLeaves_EndsAtOnce()
    {
        _faults.Use([Slow]);
        using var gone = new CancellationTokenSource();
        var exchange = Exchange();
        exchange.Context.RequestAborted = gone.Token;

        var running = _injector.RunAsync(exchange, Route()).AsTask();
        await gone.CancelAsync();

        Assert.False(await running);
        Assert.Equal((0, ResponseFlags.ClientGone | ResponseFlags.DelayInjected), (exchange.Status, exchange.Flags));
        Assert.Equal(0, Counts.Active);
    }

    [Fact]
    public async Task Fault_BeyondTheCap_SparesTheRequest()
    {
        _faults.Use([Slow with { MaxActive = 1 }]);
        var first = _injector.RunAsync(Exchange(), Route()).AsTask();

        Assert.True(await _injector.RunAsync(Exchange(), Route()));
        Assert.Equal((1, 1), (Counts.Active, Counts.Overflows));

        // Counts outlive a snapshot, or each would let as many again through.
        _faults.Use([Slow with { MaxActive = 1 }]);
        Assert.True(await _injector.RunAsync(Exchange(), Route()));
        Assert.Equal((1, 2), (Counts.Active, Counts.Overflows));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(await first);
        Assert.Equal(0, Counts.Active);
    }

    [Fact]
    public async Task Abort_AfterADelay_AnswersWhenTheDelayIsOver()
    {
        _faults.Use([Slow with { Abort = new(418, -1, 100) }]);
        var exchange = Exchange();

        var running = _injector.RunAsync(exchange, Route()).AsTask();
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.False(await running);
        Assert.Equal((418, ResponseFlags.FaultInjected | ResponseFlags.DelayInjected), (exchange.Status, exchange.Flags));
        Assert.Equal(new InjectedFault("slow", "abort"), exchange.Fault);
        Assert.Equal("FI,DI".Split(',').Order(), exchange.Context.Response.Headers["x-mesh-response-flags"].ToString().Split(',').Order());
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task Abort_WithAStatusWithoutBody_WritesNone(int status)
    {
        _faults.Use([Slow with { Delay = null, Abort = new(status, -1, 100) }]);
        var exchange = Exchange();

        Assert.False(await _injector.RunAsync(exchange, Route()));

        Assert.Equal((status, null), (exchange.Context.Response.StatusCode, exchange.Context.Response.ContentLength));
    }

    [Theory]
    [InlineData(14, 503)]
    [InlineData(5, 404)]
    [InlineData(16, 401)]
    public async Task Abort_WithAGrpcStatus_OfAPlainRequest_IsItsHttpStatus(int grpc, int http)
    {
        _faults.Use([Slow with { Delay = null, Abort = new(0, grpc, 100) }]);
        var exchange = Exchange();

        Assert.False(await _injector.RunAsync(exchange, Route()));

        Assert.Equal(http, exchange.Status);
    }

    [Fact]
    public async Task Percentage_WithFractions_IsTheShareOfRequests()
    {
        _faults.Use([Slow with { Delay = null, Abort = new(500, -1, 12.5) }]);
        int aborted = 0;
        for (int i = 0; i < 4000; i++)
        {
            aborted += await _injector.RunAsync(Exchange(), Route()) ? 0 : 1;
        }

        Assert.InRange(aborted, 430, 570);
        Assert.Equal(aborted, Counts.Aborts);
    }

    [Fact]
    public async Task HeaderFaults_DoWhatTheRequestAsks()
    {
        _faults.Use([Slow with { Delay = new(TimeSpan.Zero, 100), Abort = new(0, -1, 100) }]);

        Assert.True(await _injector.RunAsync(Exchange(), Route()));
        Assert.True(await _injector.RunAsync(Exchange("/", ("x-envoy-fault-abort-request", "99"), ("x-envoy-fault-delay-request", "soon")), Route()));
        var aborted = Exchange("/", ("x-envoy-fault-abort-request", "501"));
        Assert.False(await _injector.RunAsync(aborted, Route()));
        Assert.Equal(501, aborted.Status);
        var delayed = _injector.RunAsync(Exchange("/", ("x-envoy-fault-delay-request", "250")), Route()).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(delayed.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(await delayed);
    }

    [Fact]
    public async Task Matches_AndTheFirstOfSeveral_DecideWhatIsInjected()
    {
        var abort = Slow with { Delay = null, Abort = new(500, -1, 100) };
        _faults.Use([abort with { Name = "by-header", Matches = [new(PathMatchKind.Prefix, "/", "", [new("x-tester", "yes", false)])], Abort = new(501, -1, 100) }, abort with { Matches = [new(PathMatchKind.Prefix, "/cart", "GET", [])] }]);

        Assert.True(await _injector.RunAsync(Exchange("/other"), Route()));
        var both = Exchange("/cart", ("x-tester", "yes"));
        Assert.False(await _injector.RunAsync(both, Route()));
        Assert.Equal(501, both.Status);
        var cart = Exchange("/cart/7");
        Assert.False(await _injector.RunAsync(cart, Route()));
        Assert.Equal(500, cart.Status);
    }

    [Fact]
    public void Use_FaultsOfOtherCallers_CostNothing()
    {
        _faults.Use([Slow with { Callers = ["shop"] }]);

        Assert.Null(_faults.Table);
    }

    [Fact]
    public void Run_WithoutAFaultForTheRequest_AllocatesNothing()
    {
        _faults.Use([Slow with { Matches = [new(PathMatchKind.Prefix, "/slow", "", [])] }, Slow with { Name = "never", Delay = null, Abort = new(500, -1, 0) }]);
        var exchange = Exchange("/cart");
        var route = Route();
        bool goesOn = true;
        void Work()
        {
            var running = _injector.RunAsync(exchange, route);
            goesOn &= running.IsCompletedSuccessfully && running.Result;
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
        Assert.True(goesOn);
    }
}
