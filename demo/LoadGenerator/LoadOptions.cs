using System.Globalization;

namespace MeshInsight.LoadGenerator;

/// <summary>What to send where.</summary>
/// <param name="Url">The shop's front door (<c>LOAD_URL</c> or <c>--url</c>).</param>
/// <param name="RatePerSecond">Requests per second, started on schedule whether or not earlier ones have been answered (<c>--rate</c>, default 100).</param>
/// <param name="Duration">How long (<c>--duration</c>, seconds; 0, the default, means until told to stop).</param>
/// <param name="Ramp">Time over which the rate grows to its full height (<c>--ramp</c>, seconds, default 10).</param>
/// <param name="MaxInFlight">Requests that may wait for an answer at once (<c>--max-in-flight</c>, default 2000); what would exceed it is not sent, and counted.</param>
/// <param name="Timeout">After which a request counts as failed (<c>--timeout</c>, seconds, default 15).</param>
/// <param name="Seed">Of the order of requests (<c>--seed</c>, default 1).</param>
internal sealed record LoadOptions(Uri Url, double RatePerSecond, TimeSpan Duration, TimeSpan Ramp, int MaxInFlight, TimeSpan Timeout, int Seed)
{
    /// <returns>Null when there are problems, which name the option and what it may be.</returns>
    public static LoadOptions? Read(IReadOnlyList<string> arguments, Func<string, string?> environment, List<string> problems)
    {
        var values = new Dictionary<string, string>
        {
            ["--url"] = environment("LOAD_URL") ?? "http://127.0.0.1:4380",
            ["--rate"] = environment("LOAD_RATE") ?? "100",
            ["--duration"] = environment("LOAD_DURATION") ?? "0",
            ["--ramp"] = "10",
            ["--max-in-flight"] = "2000",
            ["--timeout"] = "15",
            ["--seed"] = "1",
        };
        for (int i = 0; i < arguments.Count; i += 2)
        {
            if (!values.ContainsKey(arguments[i]))
            {
                problems.Add($"Option {arguments[i]} is not known; there are {string.Join(", ", values.Keys)}.");
            }
            else if (i + 1 == arguments.Count)
            {
                problems.Add($"Option {arguments[i]} needs a value.");
            }
            else
            {
                values[arguments[i]] = arguments[i + 1];
            }
        }

        if (!Uri.TryCreate(values["--url"], UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttp)
        {
            problems.Add($"--url is \"{values["--url"]}\"; it must be an http:// address.");
        }

        double rate = Number(values, "--rate", 0.1, 100_000, problems);
        double duration = Number(values, "--duration", 0, 86_400, problems);
        double ramp = Number(values, "--ramp", 0, 3600, problems);
        double inFlight = Number(values, "--max-in-flight", 1, 100_000, problems);
        double timeout = Number(values, "--timeout", 0.1, 600, problems);
        double seed = Number(values, "--seed", 0, int.MaxValue, problems);
        return problems.Count > 0
            ? null
            : new LoadOptions(url!, rate, TimeSpan.FromSeconds(duration), TimeSpan.FromSeconds(ramp), (int)inFlight, TimeSpan.FromSeconds(timeout), (int)seed);
    }

    private static double Number(Dictionary<string, string> values, string name, double minimum, double maximum, List<string> problems)
    {
        if (double.TryParse(values[name], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= minimum && value <= maximum)
        {
            return value;
        }

        problems.Add($"{name} is \"{values[name]}\"; it may be {minimum} to {maximum}.");
        return minimum;
    }
}
