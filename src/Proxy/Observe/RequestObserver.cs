using MeshInsight.Contracts.Telemetry;
using MeshInsight.Proxy.Protect;

namespace MeshInsight.Proxy.Observe;

/// <summary>Opens and closes the books of each request: trace context in, span, metrics and log out. Without a collector no spans are made; the trace headers travel all the same.</summary>
internal sealed class RequestObserver(SpanRecorder? spans, RequestMetrics metrics, AccessLog log, OpenInbound openInbound, TimeProvider time, Random random)
{
    public Exchange BeginInbound(HttpContext context)
    {
        var trace = TraceReader.Read(context.Request.Headers, random);
        var serverSpan = TraceContext.NewSpanId(random);
        long deadline = Deadline(context.Request.Headers);
        openInbound.Add(trace.TraceId, serverSpan, deadline);
        var exchange = Begin(context, trace, isInbound: true, serverSpan, default, deadline);
        TracePropagation.Write(context.Request.Headers, trace, serverSpan);
        return exchange;
    }

    public Exchange BeginOutbound(HttpContext context)
    {
        var trace = TraceReader.Read(context.Request.Headers, random);
        var inboundSpan = openInbound.Find(trace.TraceId, trace.ParentId, out long inherited);
        long said = Deadline(context.Request.Headers);
        long deadline = inherited == 0 || (said != 0 && said < inherited) ? said : inherited;
        return Begin(context, trace, isInbound: false, default, inboundSpan, deadline);
    }

    /// <summary>Inbound: the sidecar's only try, part of the SERVER span. Outbound: a CLIENT span of its own, and the headers say so.</summary>
    /// <param name="address"><c>host:port</c>; empty when none could be chosen.</param>
    public AttemptRecord BeginAttempt(Exchange exchange, Workload destination, string address)
    {
        var attempt = new AttemptRecord
        {
            SpanId = exchange.IsInbound ? exchange.ServerSpanId : TraceContext.NewSpanId(random),
            Destination = destination,
            Address = address,
            ResendCount = exchange.Attempts++,
            StartTimestamp = exchange.Attempts > 1 ? time.GetTimestamp() : exchange.TriesTimestamp > 0 ? exchange.TriesTimestamp : exchange.StartTimestamp,
        };
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
            metrics.Add(attempt);
            spans?.RecordClient(exchange, attempt);
        }
    }

    public void End(Exchange exchange)
    {
        if (exchange.IsInbound)
        {
            openInbound.Remove(exchange.Trace.TraceId, exchange.ServerSpanId);
            spans?.RecordServer(exchange);
        }

        metrics.Add(exchange);
        log.Write(exchange);
    }

    private Exchange Begin(HttpContext context, TraceContext trace, bool isInbound, SpanId serverSpan, SpanId inboundSpan, long deadline) => new()
    {
        IsInbound = isInbound,
        Context = context,
        Trace = trace,
        StartedAt = time.GetUtcNow(),
        StartTimestamp = time.GetTimestamp(),
        Clock = time,
        IsGrpc = HttpProtocol.IsHttp2(context.Request.Protocol)
            && context.Request.ContentType is { } type && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase),
        ServerSpanId = serverSpan,
        InboundSpanId = inboundSpan,
        DeadlineTimestamp = deadline,
    };

    private long Deadline(IHeaderDictionary headers) =>
        TimeoutHeaders.Read(headers) is { } left ? time.GetTimestamp() + (long)(left.TotalSeconds * time.TimestampFrequency) : 0;
}
