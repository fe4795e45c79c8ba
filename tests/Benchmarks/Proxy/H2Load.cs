using System.Diagnostics;
using System.Globalization;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>Runs h2load (Debian package `nghttp2-client`) over HTTP/1.1 at a fixed rate, and reads its record of every request.</summary>
internal static class H2Load
{
    private const int Connections = 32;

    /// <param name="rate">Requests per second over all connections. A request that is late is still sent, so a slow path cannot slow the load.</param>
    public static async Task<LatencyResult> RunAsync(Uri url, string? host, double rate, int seconds)
    {
        // A "Host:" header would be a second one beside its own.
        using var directory = new TempDirectory();
        string log = directory.File("requests.tsv");
        var start = new ProcessStartInfo("h2load") { RedirectStandardOutput = true };
        string perConnection = (rate / Connections).ToString("0.###", CultureInfo.InvariantCulture);
        foreach (string argument in (string[])["--h1", "-t1", $"-c{Connections}", "--rps", perConnection, "-D", seconds.ToString(CultureInfo.InvariantCulture), "--log-file", log, .. host is null ? [] : (string[])["-H", $":authority: {host}"], url.ToString()])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("h2load does not start; install the package nghttp2-client.");
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return File.Exists(log) ? Read(log) : throw new InvalidOperationException($"h2load wrote no record:\n{output}");
    }

    private static LatencyResult Read(string log)
    {
        var micros = new List<double>();
        long failed = 0;
        foreach (string line in File.ReadLines(log))
        {
            // Start, status, microseconds to the end of the response.
            string[] fields = line.Split('\t');
            micros.Add(double.Parse(fields[2], CultureInfo.InvariantCulture));
            failed += fields[1] == "200" ? 0 : 1;
        }

        micros.Sort();
        return new(micros.Count, micros[micros.Count / 2], micros[(int)(micros.Count * 0.99)], micros[^1], failed);
    }
}

internal readonly record struct LatencyResult(long Requests, double P50Micros, double P99Micros, double MaxMicros, long Failed);
