using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Trace;

/// <summary>
/// Zipkin's B3 (https://github.com/openzipkin/b3-propagation), accepted where a caller speaks no W3C. The single header wins over the many:
/// <code>
/// b3: {trace id, 16 or 32 hex}-{span id, 16 hex}-{0|1|d}-{parent span id}      the last two may be absent
/// </code>
/// A header of only <c>0</c>, <c>1</c> or <c>d</c> is a sampling wish without a trace: we begin one with it.
/// </summary>
internal static class B3Trace
{
    public const string Single = "b3";
    public const string TraceIdHeader = "X-B3-TraceId";
    public const string SpanIdHeader = "X-B3-SpanId";
    public const string ParentSpanIdHeader = "X-B3-ParentSpanId";
    public const string SampledHeader = "X-B3-Sampled";
    public const string FlagsHeader = "X-B3-Flags";

    public static bool TryRead(IHeaderDictionary headers, out TraceContext context)
    {
        if (headers.TryGetValue(Single, out var single) && TryReadSingle(single.ToString(), out context))
        {
            return true;
        }

        context = default;
        return headers.TryGetValue(TraceIdHeader, out var trace) && TryReadTraceId(trace.ToString(), out var traceId)
            && SpanId.TryParse(headers[SpanIdHeader].ToString().AsSpan(), out var spanId) && !spanId.IsEmpty
            && Found(traceId, spanId, IsSampled(headers), B3Style.Multi, out context);
    }

    public static string Format(TraceId traceId, SpanId spanId, byte flags) => $"{traceId}-{spanId}-{flags & TraceContext.Sampled}";

    private static bool TryReadSingle(string text, out TraceContext context)
    {
        context = default;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || text.Length < dash + 17)
        {
            return false;
        }

        var rest = text.AsSpan(dash + 17);
        bool sampled = rest.Length < 2 || rest[1] != '0';
        return TryReadTraceId(text.AsSpan(0, dash), out var traceId)
            && SpanId.TryParse(text.AsSpan(dash + 1, 16), out var spanId) && !spanId.IsEmpty
            && (rest.IsEmpty || rest[0] == '-')
            && Found(traceId, spanId, sampled, B3Style.Single, out context);
    }

    private static bool Found(TraceId traceId, SpanId spanId, bool sampled, B3Style style, out TraceContext context)
    {
        context = new(traceId, spanId, sampled ? TraceContext.Sampled : (byte)0, "", style);
        return true;
    }

    private static bool TryReadTraceId(ReadOnlySpan<char> hex, out TraceId id)
    {
        if (hex.Length == 16 && SpanId.TryParse(hex, out var low))
        {
            id = new(0, low.Value);
            return !id.IsEmpty;
        }

        return TraceId.TryParse(hex, out id) && !id.IsEmpty;
    }

    // Absent means "not decided": we decide yes. Old clients write true and false.
    private static bool IsSampled(IHeaderDictionary headers)
    {
        string sampled = headers[SampledHeader].ToString();
        return headers[FlagsHeader].ToString() == "1" || !(sampled == "0" || sampled.Equals("false", StringComparison.OrdinalIgnoreCase));
    }
}
