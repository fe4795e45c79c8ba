using System.Globalization;
using System.Net.Http.Headers;

namespace MeshInsight.Proxy.Forward;

/// <summary>How long an upstream asks to be spared (RFC 9110 section 10.2.3): seconds, or a date.</summary>
internal static class RetryAfterHeader
{
    /// <summary>Goes with what a global rate limit refuses: no other endpoint will take it, so that another try is of no use. Envoy's name.</summary>
    public const string Everywhere = "x-envoy-ratelimited";

    private const string Name = "Retry-After";

    /// <returns>Zero when it does not ask, or not so that we understand.</returns>
    public static TimeSpan Read(HttpResponseHeaders headers, TimeProvider time)
    {
        if (!headers.NonValidated.TryGetValues(Name, out var values))
        {
            return TimeSpan.Zero;
        }

        string text = values.ToString();
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
        {
            return TimeSpan.FromSeconds(seconds);
        }

        return DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)
            && until - time.GetUtcNow() is { Ticks: > 0 } left ? left : TimeSpan.Zero;
    }
}
