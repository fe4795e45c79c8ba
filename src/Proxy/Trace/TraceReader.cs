namespace MeshInsight.Proxy.Trace;

/// <summary>Finds the trace that a request continues, or begins one.</summary>
internal static class TraceReader
{
    /// <summary>W3C first, then B3. Headers that turned out invalid are taken out, so that they do not travel on.</summary>
    public static TraceContext Read(IHeaderDictionary headers, Random random)
    {
        bool hasB3 = B3Trace.TryRead(headers, out var b3);
        if (W3CTrace.TryRead(headers, out var w3c))
        {
            return w3c with { B3 = hasB3 ? b3.B3 : B3Style.None };
        }

        // Without a valid traceparent, tracestate means nothing (W3C 3.3).
        headers.Remove(W3CTrace.Parent);
        headers.Remove(W3CTrace.State);
        return hasB3 ? b3 : TraceContext.Begin(random);
    }
}
