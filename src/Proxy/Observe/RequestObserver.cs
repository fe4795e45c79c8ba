using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Logs;
using MeshInsight.Proxy.Metrics;
using MeshInsight.Proxy.Protect;
using MeshInsight.Proxy.Records;
using MeshInsight.Proxy.Spans;
using MeshInsight.Proxy.Trace;
using Microsoft.Extensions.ObjectPool;

namespace MeshInsight.Proxy.Observe;

/// <summary>Opens and closes the books of each request: trace context in, span, metrics and log out. Without a collector no spans are made; the trace headers travel all the same.</summary>
internal sealed class RequestObserver(SpanRecorder? spans, RequestMetrics metrics, AccessLog log, OpenInbound openInbound, WhyGate why, TimeProvider time, Random random)
{
    // What a burst needs beyond this many at once goes back to the garbage collector.
    private const int MaxUnused = 1024;

    private readonly DefaultObjectPool<Exchange> _unused = new(new ExchangePolicy(), MaxUnused);

    public Exchange BeginInbound(HttpContext context)
    {
        var trace = TraceReader.Read(context.Request.Headers, random);
        var serverSpan = TraceContext.NewSpanId(random);
        long deadline = Deadline(context.Request.Headers);
        string? whyKey = why.Admit(context.Request.Headers);
        openInbound.Add(trace.TraceId, serverSpan, deadline, whyKey);
        var exchange = Begin(context, trace, isInbound: true, serverSpan, default, deadline, whyKey);
        TracePropagation.Write(context.Request.Headers, trace, serverSpan);
        return exchange;
    }

    /// <summary>The key of a caller that may have its request explained; null for others.</summary>
    public string? WhyKeyOf(IHeaderDictionary headers) => why.Admit(headers);

    /// <param name="shownKey">What <see cref="WhyKeyOf"/> said, where the headers do not have it any more.</param>
    public Exchange BeginOutbound(HttpContext context, string? shownKey = null)
    {
        var trace = TraceReader.Read(context.Request.Headers, random);
        var cause = openInbound.Find(trace.TraceId, trace.ParentId);
        long said = Deadline(context.Request.Headers);
        long deadline = cause.Deadline == 0 || (said != 0 && said < cause.Deadline) ? said : cause.Deadline;
        var exchange = Begin(context, trace, isInbound: false, default, cause.SpanId, deadline, shownKey ?? why.Admit(context.Request.Headers) ?? cause.WhyKey);
        exchange.Priority = cause.Priority;
        return exchange;
    }

    /// <summary>Notes the class of an inbound request, for the calls that the app makes for it.</summary>
    public void Classify(Exchange exchange, PriorityClass priority)
    {
        exchange.Priority = priority;
        if (priority != PriorityClass.Unset)
        {
            openInbound.Classify(exchange.Trace.TraceId, exchange.ServerSpanId, priority);
        }
    }

    /// <summary>Inbound: the sidecar's only try, part of the SERVER span. Outbound: a CLIENT span of its own, and the headers say so.</summary>
    /// <param name="address"><c>host:port</c>; empty when none could be chosen.</param>
    public AttemptRecord BeginAttempt(Exchange exchange, Workload destination, string address)
    {
        var attempt = exchange.Attempts == 0 ? exchange.FirstAttempt : AttemptRecord.Empty();
        attempt.SpanId = exchange.IsInbound ? exchange.ServerSpanId : TraceContext.NewSpanId(random);
        attempt.Destination = destination;
        attempt.Address = address;
        attempt.ResendCount = exchange.Attempts++;
        attempt.StartTimestamp = exchange.Attempts > 1 ? time.GetTimestamp() : exchange.TriesTimestamp > 0 ? exchange.TriesTimestamp : exchange.StartTimestamp;
        exchange.LastAttempt = attempt;
        if (!exchange.IsInbound)
        {
            TracePropagation.Write(exchange.Context.Request.Headers, exchange.Trace, attempt.SpanId);
        }

        return attempt;
    }

    public void EndAttempt(Exchange exchange, AttemptRecord attempt)
    {
        attempt.Flags |= exchange.Injected;
        exchange.Status = attempt.Status;
        exchange.GrpcStatus = attempt.GrpcStatus;
        exchange.Flags = attempt.Flags;
        exchange.PeerPrincipal = exchange.IsInbound ? exchange.PeerPrincipal : attempt.PeerPrincipal;
        exchange.ProxyNanos += attempt.ProxyNanos;
        if (!exchange.IsInbound)
        {
            attempt.EndTimestamp = time.GetTimestamp();
            metrics.Add(attempt);
            spans?.RecordClient(exchange, attempt);
        }
    }

    public void End(Exchange exchange)
    {
        exchange.EndTimestamp = time.GetTimestamp();
        if (exchange.IsInbound)
        {
            openInbound.Remove(exchange.Trace.TraceId, exchange.ServerSpanId);
            spans?.RecordServer(exchange);
        }

        metrics.Add(exchange);
        log.Write(exchange);
    }

    /// <summary>
    /// Gives the book back for another request, once nothing of this one runs any more. After a failure something may: a body that is still
    /// being read, a connection that is being given up. Such a book is not used again.
    /// </summary>
    public void Release(Exchange exchange)
    {
        if (exchange.Flags == ResponseFlags.None && exchange.LastAttempt is not { ErrorType.Length: > 0 })
        {
            _unused.Return(exchange);
        }
    }

    private Exchange Begin(HttpContext context, TraceContext trace, bool isInbound, SpanId serverSpan, SpanId inboundSpan, long deadline, string? whyKey)
    {
        var exchange = _unused.Get();
        exchange.IsInbound = isInbound;
        exchange.Context = context;
        exchange.Trace = trace;
        exchange.StartedAt = time.GetUtcNow();
        exchange.StartTimestamp = time.GetTimestamp();
        exchange.Clock = time;
        exchange.IsGrpc = HttpProtocol.IsHttp2(context.Request.Protocol)
            && context.Request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase);
        exchange.ServerSpanId = serverSpan;
        exchange.InboundSpanId = inboundSpan;
        exchange.DeadlineTimestamp = deadline;
        // Without spans there is nothing that could carry the answer.
        exchange.Why = whyKey is null || spans is null ? null : new(whyKey, time);
        return exchange;
    }

    private long Deadline(IHeaderDictionary headers) =>
        TimeoutHeaders.Read(headers) is { } left ? time.GetTimestamp() + (long)(left.TotalSeconds * time.TimestampFrequency) : 0;

    private sealed class ExchangePolicy : PooledObjectPolicy<Exchange>
    {
        public override Exchange Create() => new() { IsInbound = false, Context = null!, Trace = default, StartedAt = default, StartTimestamp = 0, IsGrpc = false };

        public override bool Return(Exchange obj)
        {
            obj.Reset();
            return true;
        }
    }
}
