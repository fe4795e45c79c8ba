using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Trace;
using Microsoft.AspNetCore.Http;

namespace MeshInsight.Proxy.Tests.Records;

/// <summary>Books are used again; nothing of one request may be found in the next one's.</summary>
public sealed class ReuseTests
{
    [Theory]
    [InlineData(typeof(Exchange))]
    [InlineData(typeof(AttemptRecord))]
    public void Reset_AfterEveryPropertyWasSet_LeavesItAsNew(Type type)
    {
        object book = Make(type), fresh = Make(type);
        var settable = type.GetProperties().Where(property => property.SetMethod is not null && property.Name is not nameof(Exchange.Clock)).ToList();
        foreach (var property in settable)
        {
            property.SetValue(book, Other(property.PropertyType));
        }

        Assert.All(settable, property => Assert.NotEqual(property.GetValue(fresh), property.GetValue(book)));
        type.GetMethod("Reset")!.Invoke(book, null);

        Assert.All(settable, property => Assert.Equal(property.GetValue(fresh), property.GetValue(book)));
    }

    [Fact]
    public void Reset_OfAnExchange_ForgetsItsBodiesAndItsFirstTry()
    {
        var exchange = (Exchange)Make(typeof(Exchange));
        exchange.Request.AddBytes(7);
        exchange.Response.AddGrpc([0, 0, 0, 0, 9, 1]);
        exchange.FirstAttempt.Status = 200;

        exchange.Reset();

        Assert.Equal((0, 0, 0, 0), (exchange.Request.Bytes, exchange.Response.Bytes, exchange.Response.Messages, exchange.FirstAttempt.Status));
        exchange.Response.AddGrpc([0, 0, 0, 0, 0]);
        Assert.Equal(1, exchange.Response.Messages);
    }

    private static object Make(Type type) => type == typeof(AttemptRecord)
        ? AttemptRecord.Empty()
        : new Exchange { IsInbound = false, Context = null!, Trace = default, StartedAt = default, StartTimestamp = 0, IsGrpc = false };

    private static object Other(Type type) =>
        type == typeof(string) ? "other"
        : type == typeof(bool) ? true
        : type == typeof(int) ? 7
        : type == typeof(long) ? 8L
        : type == typeof(DateTimeOffset) ? DateTimeOffset.UnixEpoch
        : type == typeof(TimeSpan) ? TimeSpan.FromSeconds(1)
        : type == typeof(SpanId) ? new SpanId(9)
        : type == typeof(Workload) ? new Workload("a", "b", "c")
        : type == typeof(HttpContext) ? new DefaultHttpContext()
        : type == typeof(TraceContext) ? TraceContext.Begin(new ConcurrentRandom(1))
        : type == typeof(AttemptRecord) ? AttemptRecord.Empty()
        : type == typeof(ServerTime) ? new ServerTime(3, 2)
        : type == typeof(InjectedFault) ? new InjectedFault("slow", "delay")
        : type == typeof(WhyNotes) ? new WhyNotes("key", TimeProvider.System)
        : type.IsEnum ? Enum.ToObject(type, 1)
        : throw new NotSupportedException($"Say here what another {type.Name} is.");
}
