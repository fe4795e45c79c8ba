using System.Globalization;
using MeshInsight.Contracts.Telemetry;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Proxy.Trace;

/// <summary>
/// W3C Trace Context, level 2 (https://www.w3.org/TR/trace-context-2/):
/// <code>
/// traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
///              version  trace id                parent id       flags
/// </code>
/// </summary>
internal static class W3CTrace
{
    public const string Parent = "traceparent";
    public const string State = "tracestate";
    private const int ParentLength = 55;

    public static bool TryRead(IHeaderDictionary headers, out TraceContext context)
    {
        context = default;
        if (headers[Parent] is not { Count: 1 } values || !TryReadParent(values[0], out var traceId, out var parentId, out byte flags))
        {
            return false;
        }

        StringValues state = headers[State];
        context = new(traceId, parentId, flags, state.Count == 0 ? "" : state.ToString(), B3Style.None);
        return true;
    }

    public static string Format(TraceId traceId, SpanId spanId, byte flags) =>
        string.Create(ParentLength, (traceId, spanId, flags), static (text, ids) =>
        {
            Span<byte> hex = stackalloc byte[32];
            "00-".CopyTo(text);
            ids.traceId.WriteHex(hex);
            Widen(hex, text[3..]);
            text[35] = '-';
            ids.spanId.WriteHex(hex);
            Widen(hex[..16], text[36..]);
            text[52] = '-';
            ids.flags.TryFormat(text[53..], out _, "x2", CultureInfo.InvariantCulture);
        });

    // Headers from https://www.w3.org/TR/trace-context-2/#parsing-traceparent: a newer version may append fields, version ff is invalid.
    private static bool TryReadParent(string? text, out TraceId traceId, out SpanId parentId, out byte flags)
    {
        traceId = default;
        parentId = default;
        flags = 0;
        if (text is null || text.Length < ParentLength || text[2] != '-' || text[35] != '-' || text[52] != '-' || HasUpper(text)
            || !byte.TryParse(text.AsSpan(0, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte version) || version == 0xff
            || (version == 0 ? text.Length != ParentLength : text.Length > ParentLength && text[ParentLength] != '-'))
        {
            return false;
        }

        return TraceId.TryParse(text.AsSpan(3, 32), out traceId) && !traceId.IsEmpty
            && SpanId.TryParse(text.AsSpan(36, 16), out parentId) && !parentId.IsEmpty
            && byte.TryParse(text.AsSpan(53, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out flags);
    }

    private static bool HasUpper(string text) => text.AsSpan(0, ParentLength).IndexOfAnyInRange('A', 'Z') >= 0;

    private static void Widen(ReadOnlySpan<byte> ascii, Span<char> text)
    {
        for (int i = 0; i < ascii.Length; i++)
        {
            text[i] = (char)ascii[i];
        }
    }
}
