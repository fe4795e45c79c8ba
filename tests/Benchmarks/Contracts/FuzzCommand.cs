using System.Globalization;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Contracts.Tests.Otlp.Fuzz;

namespace MeshInsight.Benchmarks.Contracts;

/// <summary><c>fuzz</c>: mutated OTLP requests through the decoders; the first that breaks a promise ends it, with the seed that makes it again.</summary>
internal static class FuzzCommand
{
    public const string Command = "fuzz";

    private const int Portion = 10_000;

    private const string Help = $"""
        Usage: ./mesh bench {Command} [--payloads N] [--seed N]

          --payloads N   how many (default 10,000,000)
          --seed N       of the first payload; the next has the next (default 1). With --payloads 1 it repeats one.
        """;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        int payloads = 10_000_000;
        int first = 1;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            bool isNumber = int.TryParse(i + 1 < arguments.Length ? arguments[i + 1] : "", NumberStyles.None, CultureInfo.InvariantCulture, out int number);
            switch (arguments[i])
            {
                case "--payloads" when isNumber && number > 0:
                    payloads = number;
                    break;
                case "--seed" when isNumber:
                    first = number;
                    break;
                default:
                    Console.Error.WriteLine(Help);
                    return 2;
            }
        }

        Console.WriteLine(BenchmarkReport.Machine());
        long started = TimeProvider.System.GetTimestamp();
        try
        {
            Report(Run(first, payloads), payloads, TimeProvider.System.GetElapsedTime(started));
            return 0;
        }
        catch (AggregateException broken)
        {
            Console.Error.WriteLine(broken.InnerExceptions[0]);
            return 1;
        }
    }

    private static FuzzTally Run(int first, int payloads)
    {
        var total = new FuzzTally();
        Parallel.For(
            0,
            (payloads + Portion - 1) / Portion,
            () => new OtlpFuzz(),
            (portion, _, fuzz) =>
            {
                int end = Math.Min(payloads, (portion + 1) * Portion);
                for (int i = portion * Portion; i < end; i++)
                {
                    fuzz.Run(unchecked(first + i));
                }

                return fuzz;
            },
            fuzz =>
            {
                lock (total)
                {
                    total.Add(fuzz.Tally);
                }
            });
        return total;
    }

    private static void Report(FuzzTally tally, int payloads, TimeSpan elapsed) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {payloads:N0} payloads in {elapsed.TotalSeconds:F0} s: no exception, none beyond its memory ({OtlpFuzz.Multiple} B per byte and {OtlpFuzz.Allowance >> 10} KiB)
        taken whole {tally.Accepted:N0}, in part {tally.Partly:N0}, refused {tally.Refused:N0}, no gzip {tally.Uninflatable:N0}; at most {tally.MostPerByte:F0} B allocated per byte
        """));
}
