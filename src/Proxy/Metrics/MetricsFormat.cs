using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace MeshInsight.Proxy.Metrics;

/// <summary>Which of the two text formats a scraper would rather have.</summary>
internal static class MetricsFormat
{
    private const string OpenMetrics = "application/openmetrics-text";

    /// <summary>Only who names it gets it, and only if nothing it names is dearer to it: the format is stricter than what a browser shows.</summary>
    public static bool IsOpenMetrics(StringValues accept)
    {
        if (!MediaTypeHeaderValue.TryParseList(accept, out var types))
        {
            return false;
        }

        double open = 0;
        double plain = 0;
        foreach (var type in types)
        {
            double quality = type.Quality ?? 1;
            if (type.MediaType.Equals(OpenMetrics, StringComparison.OrdinalIgnoreCase))
            {
                open = Math.Max(open, quality);
            }
            else if (type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
            {
                plain = Math.Max(plain, quality);
            }
        }

        return open > 0 && open >= plain;
    }
}
