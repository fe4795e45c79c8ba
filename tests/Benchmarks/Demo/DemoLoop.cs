using System.Globalization;
using System.Text.Json;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Demo;

/// <summary>The whole loop as `./mesh demo` runs it: how soon it is up, and how soon a bad canary has no traffic left.</summary>
internal sealed class DemoLoop : IBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public string Name => nameof(DemoLoop);

    public string Summary => "the demo: start to first trace (goal 20 s), first failure of a 10 % canary to weight 0 (goal 10 s at 200 requests/s)";

    public IReadOnlyList<BenchmarkRow> Run() => [.. new[] { 60, 200 }.Select(rate => RunAsync(rate).GetAwaiter().GetResult())];

    private static async Task<BenchmarkRow> RunAsync(int rate)
    {
        double before = ChildCpuSeconds();
        string[] arguments = ["demo", "--plain", "--scenario", "bad", "--rate", $"{rate}", "--warm-up", "40s", "--fault-after", "15s", "--port-base", $"{FreePorts.Base()}"];
        await using var demo = ProgramProcess.Start(Repository.ProgramPath("Cli", "meshinsight"), new Dictionary<string, string>(), arguments);
        await demo.WaitForExitAsync(Patience);
        string last = demo.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Last(line => line.StartsWith('{'));
        var summary = JsonDocument.Parse(last).RootElement;
        return new(
            $"bad, {rate} visitors/s: {summary.GetProperty("outcome").GetString()}, {summary.GetProperty("causeNamed").GetString()}",
            ChildCpuSeconds() - before,
            [
                new("everything ready", Seconds(summary, "secondsToReady"), "s"),
                new("first trace", Seconds(summary, "secondsToFirstTrace"), "s"),
                new("failure to incident", Seconds(summary, "secondsFromFirstFailureToIncident"), "s"),
                new("failure to weight 0", Seconds(summary, "secondsFromFirstFailureToWeightZero"), "s"),
                new("sent", summary.GetProperty("requestsSent").GetDouble(), ""),
                new("failed by the mesh", summary.GetProperty("requestsFailedByMesh").GetDouble(), ""),
            ]);
    }

    private static double Seconds(JsonElement summary, string name) =>
        summary.GetProperty(name) is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetDouble() : double.NaN;

    /// <summary>Of all children that have ended, theirs included: fields 16 and 17 of proc(5) stat, in hundredths of a second.</summary>
    private static double ChildCpuSeconds()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture)) / 100.0;
    }
}
