using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Trace;

/// <summary>Makes a request say that it comes from one of our spans. <c>tracestate</c> and <c>baggage</c> travel as they came.</summary>
internal static class TracePropagation
{
    public static void Write(IHeaderDictionary headers, TraceContext trace, SpanId spanId)
    {
        headers[W3CTrace.Parent] = W3CTrace.Format(trace.TraceId, spanId, trace.Flags);
        switch (trace.B3)
        {
            case B3Style.Single:
                headers[B3Trace.Single] = B3Trace.Format(trace.TraceId, spanId, trace.Flags);
                break;
            case B3Style.Multi:
                headers[B3Trace.SpanIdHeader] = spanId.ToString();
                headers[B3Trace.ParentSpanIdHeader] = trace.ParentId.ToString();
                break;
        }
    }
}
