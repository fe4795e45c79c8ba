using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace MeshInsight.Proxy.Protect;

/// <summary>
/// How long a request may still take, as hops tell each other: relative, so that clocks need not agree. gRPC has its own header
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Timeout); for all else there is ours, whole milliseconds.
/// </summary>
internal static class TimeoutHeaders
{
    /// <summary>Anyone may send it: it only shortens the sender's own request.</summary>
    public const string Http = "x-mesh-timeout-ms";

    public const string Grpc = "grpc-timeout";

    // Above it a limit is none: timers do not reach that far.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(10);

    private const int MaxGrpcDigits = 8;
    private const int MaxHttpDigits = 9;

    /// <summary>The shorter of the two headers; null when there is none that can be read.</summary>
    public static TimeSpan? Read(IHeaderDictionary headers)
    {
        var http = headers.TryGetValue(Http, out var text) && TryReadHttp(text, out var left) ? left : Longest;
        var grpc = headers.TryGetValue(Grpc, out text) && TryReadGrpc(text, out left) ? left : Longest;
        var shorter = http < grpc ? http : grpc;
        return shorter < Longest ? shorter : null;
    }

    /// <param name="left">At least a millisecond is written: 0 would be a request that nobody may begin.</param>
    public static void Write(IHeaderDictionary headers, TimeSpan left, bool isGrpc)
    {
        string millis = Math.Max(1, (long)left.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        if (!isGrpc)
        {
            headers[Http] = millis;
            return;
        }

        headers.Remove(Http);
        headers[Grpc] = millis.Length <= MaxGrpcDigits ? millis + "m" : ((long)left.TotalSeconds).ToString(CultureInfo.InvariantCulture) + "S";
    }

    private static bool TryReadHttp(StringValues text, out TimeSpan left) => TryRead(text.ToString(), MaxHttpDigits, TimeSpan.TicksPerMillisecond, out left);

    private static bool TryReadGrpc(StringValues values, out TimeSpan left)
    {
        string text = values.ToString();
        long unit = text.Length < 2 ? 0 : text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 1,
            _ => 0,
        };
        left = TimeSpan.Zero;
        bool isRead = unit > 0 && TryRead(text.AsSpan(0, text.Length - 1), MaxGrpcDigits, unit, out left);
        // A nanosecond is less than a tick.
        left = isRead && text[^1] == 'n' ? left / TimeSpan.NanosecondsPerTick : left;
        return isRead;
    }

    private static bool TryRead(ReadOnlySpan<char> digits, int maxDigits, long unitTicks, out TimeSpan left)
    {
        left = TimeSpan.Zero;
        if (digits.Length == 0 || digits.Length > maxDigits || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
        {
            return false;
        }

        left = number > Longest.Ticks / unitTicks ? Longest : new TimeSpan(number * unitTicks);
        return true;
    }
}
