using System.CommandLine;
using System.Globalization;
using MeshInsight.Storage.Queries;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight overhead</c>: where the time of calls goes, so what the mesh itself costs.</summary>
internal static class OverheadCommand
{
    private static readonly TimeSpan DefaultLast = TimeSpan.FromMinutes(15);

    private static readonly Option<TimeSpan?> s_last = Durations.Option("--last", "How far back to look (default 15m).");
    private static readonly Option<string?> s_service = new("--service") { Description = "Only calls to or from this service." };

    public static Command Create(TimeProvider clock)
    {
        var command = new Command("overhead", "Splits the time of calls, per edge, into app, both sidecars and network. Milliseconds, until the response began.") { s_last, s_service };
        command.SetAction((parsed, cancellation) => CommonOptions.WithStoreAsync(parsed, async store =>
        {
            var last = parsed.GetValue(s_last) ?? DefaultLast;
            var edges = await store.Overhead.EdgesAsync(TimeWindow.Last(last, clock), parsed.GetValue(s_service) ?? "", cancellation);
            var output = parsed.InvocationConfiguration.Output;
            if (edges.Count == 0)
            {
                await output.WriteLineAsync($"No call between two sidecars was seen in the last {last.TotalMinutes.ToString("0.#", CultureInfo.InvariantCulture)} min.");
                return ExitCodes.Done;
            }

            Table(edges).WriteTo(output);
            return ExitCodes.Done;
        }));
        return command;
    }

    internal static TextTable Table(IEnumerable<EdgeTimes> edges) => TextTable.Of(
        edges.OrderByDescending(e => e.Requests),
        ("CALL", e => $"{Name(e.Source, e.SourceVersion)} -> {Name(e.Destination, e.DestinationVersion)}"),
        ("CALLS", e => e.Requests.ToString(CultureInfo.InvariantCulture)),
        ("MEAN", e => Millis(e.MeanMillis)),
        ("APP", e => Millis(e.App.MeanMillis)),
        ("NETWORK", e => Millis(e.Network.MeanMillis)),
        ("CLIENT-PROXY", e => Millis(e.ClientProxy.MeanMillis)),
        ("SERVER-PROXY", e => Millis(e.ServerProxy.MeanMillis)),
        ("MESH", e => (e.MeshMillis / e.MeanMillis).ToString("P1", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal)),
        ("CLIENT-P99", e => Millis(e.ClientProxy.P99Millis)),
        ("SERVER-P99", e => Millis(e.ServerProxy.P99Millis)));

    private static string Name(string service, string version) => version.Length == 0 ? service : $"{service}@{version}";

    private static string Millis(double millis) => millis.ToString(millis < 100 ? "0.000" : "0.0", CultureInfo.InvariantCulture);
}
