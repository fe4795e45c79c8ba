using System.Globalization;

namespace MeshInsight.Benchmarks.Collector.Load;

/// <summary><c>otlp-load --url URL</c>: the load generator by itself, against anything that takes OTLP.</summary>
internal static class LoadCommand
{
    public const string Command = "otlp-load";

    private const string StandardUrl = "http://127.0.0.1:4317";

    private const string Help = $"""
        Usage: ./mesh bench {Command} [options]

          --url URL        OTLP listener in clear text (default {StandardUrl})
          --proto NAME     grpc (default) or http (protobuf over HTTP/1.1)
          --spans N        spans per request, ten per trace (default 200)
          --conns N        connections (default 2)
          --inflight N     requests in flight per connection (default 8)
          --rate N         spans a second whether or not they are answered (default 0: as fast as answers come)
          --seconds N      measured (default 10)
          --warmup N       seconds before that (default 3)
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (!TryRead(arguments, out var options, out var warmUp, out var measured))
        {
            Console.Error.WriteLine(Help);
            return 2;
        }

        using var load = new OtlpLoad(options, Environment.ProcessId);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{load.SpansPerRequest} spans a request, {(double)load.RequestBytes / load.SpansPerRequest:F0} B a span"));
        await load.RunAsync(warmUp);
        var result = await load.RunAsync(measured);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"acknowledged {result.Acknowledged:N0} spans, {result.SpansPerSecond:N0}/s; acknowledged after ms p50 {result.Percentile(0.5):F1} p90 {result.Percentile(0.9):F1} p99 {result.Percentile(0.99):F1} worst {result.Percentile(1):F1}"));
        foreach (var (code, requests) in result.Refusals)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"refused {requests:N0} requests: {code}"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"generator {result.OwnCpuSeconds:F2} CPU s, {result.OwnCpuSeconds * 1e6 / Math.Max(1, result.Acknowledged):F2} µs a span"));
        return result.Acknowledged > 0 ? 0 : 1;
    }

    private static bool TryRead(string[] arguments, out LoadOptions options, out TimeSpan warmUp, out TimeSpan measured)
    {
        options = new() { Url = new(StandardUrl) };
        warmUp = TimeSpan.FromSeconds(3);
        measured = TimeSpan.FromSeconds(10);
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
            bool isNumber = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number is >= 0 and <= 1e9;
            switch (arguments[i])
            {
                case "--url" when Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp:
                    options = options with { Url = url };
                    break;
                case "--proto" when value is "grpc" or "http":
                    options = options with { IsHttp = value == "http" };
                    break;
                case "--spans" when isNumber && number >= ShopFrames.SpansPerTrace:
                    options = options with { SpansPerRequest = (int)number };
                    break;
                case "--conns" when isNumber && number >= 1:
                    options = options with { Connections = (int)number };
                    break;
                case "--inflight" when isNumber && number >= 1:
                    options = options with { InFlight = (int)number };
                    break;
                case "--rate" when isNumber:
                    options = options with { SpansPerSecond = number };
                    break;
                case "--seconds" when isNumber && number > 0:
                    measured = TimeSpan.FromSeconds(number);
                    break;
                case "--warmup" when isNumber:
                    warmUp = TimeSpan.FromSeconds(number);
                    break;
                default:
                    return false;
            }
        }

        return true;
    }
}
