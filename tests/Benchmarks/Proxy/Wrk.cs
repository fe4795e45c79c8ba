using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshInsight.Benchmarks.Proxy;

internal readonly record struct LoadResult(long Requests, double Seconds, double P99Millis, long Failed);

/// <summary>Runs wrk (Debian package `wrk`) and reads what it prints.</summary>
internal static partial class Wrk
{
    public static async Task<LoadResult> RunAsync(Uri url, string? host, int seconds, params string[] headers)
    {
        var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true };
        foreach (string argument in (string[])["-t1", "-c32", $"-d{seconds}s", "--latency", .. host is null ? [] : (string[])["-H", $"Host: {host}"], .. headers.SelectMany(h => (string[])["-H", h]), url.ToString()])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("wrk does not start; install the package wrk.");
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var total = Total().Match(output);
        var p99 = Percentile().Match(output);
        return total.Success && p99.Success
            ? new(long.Parse(total.Groups["requests"].Value, CultureInfo.InvariantCulture), seconds, Millis(p99), Failures(output))
            : throw new InvalidOperationException($"wrk printed no result:\n{output}");
    }

    private static double Millis(Match match) =>
        double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture) * match.Groups["unit"].Value switch { "us" => 0.001, "ms" => 1, _ => 1000 };

    private static long Failures(string output) => Failed().Match(output) is { Success: true } match ? long.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"(?<requests>\d+) requests in")]
    private static partial Regex Total();

    [GeneratedRegex(@"99%\s+(?<value>[\d.]+)(?<unit>us|ms|s)")]
    private static partial Regex Percentile();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (?<count>\d+)")]
    private static partial Regex Failed();
}
