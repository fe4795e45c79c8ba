using System.Globalization;
using System.Net.Http.Headers;
using MeshInsight.Proxy.Records;

namespace MeshInsight.Proxy.Forward;

/// <summary>
/// <c>x-mesh-time: TOTAL;APP</c>, microseconds: how long the callee's sidecar had a request until it passed the response's head on, and how long of that its app had
/// it. From sidecar to sidecar; the caller's takes it out.
/// </summary>
internal static class MeshTimeHeader
{
    public const string Name = "x-mesh-time";

    // Two numbers of 19 digits at most.
    private const int MaxLength = 39;

    /// <summary>The whole cost of the answer: one short text per request.</summary>
    public static string Format(long totalNanos, long appNanos)
    {
        Span<char> text = stackalloc char[MaxLength];
        (Math.Max(0, totalNanos) / 1000).TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        text[length++] = ';';
        (Math.Max(0, appNanos) / 1000).TryFormat(text[length..], out int rest, default, CultureInfo.InvariantCulture);
        return new(text[..(length + rest)]);
    }

    /// <summary>Tells the caller's sidecar, and nobody else, how long the request took until its response's head. What comes from an app under that name is not ours either way.</summary>
    public static void Tell(IHeaderDictionary headers, Exchange exchange, AttemptRecord attempt)
    {
        if (exchange is { IsInbound: true, IsFromSidecar: true })
        {
            headers[Name] = Format(attempt.ProxyNanos + attempt.RoundTripNanos, attempt.RoundTripNanos);
        }
        else
        {
            headers.Remove(Name);
        }
    }

    /// <summary>For an answer that the sidecar gives itself: what the app had of it is what was waited for it.</summary>
    public static string FormatLocal(Exchange exchange)
    {
        long now = exchange.Clock.GetTimestamp();
        long sent = exchange.LastAttempt?.SentTimestamp ?? 0;
        return Format(exchange.NanosSinceStart(now), sent == 0 ? 0 : exchange.Clock.GetElapsedTime(sent, now).Ticks * 100);
    }

    /// <returns>Unknown when it is absent or not ours.</returns>
    public static ServerTime Read(HttpHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues(Name, out var values))
        {
            return ServerTime.Unknown;
        }

        var text = values.ToString().AsSpan();
        int middle = text.IndexOf(';');
        // 15 digits are 31 years: enough, and no multiplication overflows.
        return middle is > 0 and <= 15 && text.Length - middle is > 1 and <= 16
            && long.TryParse(text[..middle], NumberStyles.None, CultureInfo.InvariantCulture, out long total)
            && long.TryParse(text[(middle + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long app)
                ? new(total, app)
                : ServerTime.Unknown;
    }
}
