using System.Globalization;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Portal.Clients;

namespace MeshInsight.Portal.ViewModels;

/// <param name="Key">Of its look.</param>
/// <param name="P99Millis">NaN where there is only one.</param>
/// <param name="Share">Of the whole, 0..1.</param>
public sealed record TimeSlice(string Name, string Key, double Millis, double P99Millis, double Share);

/// <summary>Where time went, as slices in the order in which a request meets them.</summary>
public static class TimeSplit
{
    /// <summary>The mean of calls; empty when none has the split. Means add exactly; of quantiles the greatest is a safe thing to say.</summary>
    public static IReadOnlyList<TimeSlice> Of(IEnumerable<TimeParts> parts)
    {
        var all = parts.Where(p => p.Requests > 0).ToList();
        return all.Count == 0 ? [] : Slices(
            Of(all, p => p.ClientProxy), Of(all, p => p.Network), Of(all, p => p.ServerProxy), Of(all, p => p.App));
    }

    /// <summary>One call's own; empty when it has none.</summary>
    public static IReadOnlyList<TimeSlice> Of(TraceSpan span) =>
        Micros(span, MeshAttributes.AppTime) is { } app && Micros(span, MeshAttributes.ServerProxyTime) is { } server
        && Micros(span, MeshAttributes.NetworkTime) is { } network && Micros(span, MeshAttributes.ClientProxyTime) is { } client
            ? Slices(One(client), One(network), One(server), One(app))
            : [];

    /// <summary>A whole trace: what all of its calls spent in sidecars and on the network, added up, and the rest of its length.</summary>
    public static IReadOnlyList<TimeSlice> Of(Waterfall waterfall)
    {
        var calls = waterfall.Rows.Select(r => Of(r.Span)).Where(s => s.Count > 0).ToList();
        if (calls.Count == 0)
        {
            return [];
        }

        double Sum(int slice) => calls.Sum(c => c[slice].Millis);
        double mesh = Sum(0) + Sum(1) + Sum(2);
        // Calls side by side may add up to more than the trace took; what is left is then nothing, never less.
        return Slices(new(Sum(0), double.NaN), new(Sum(1), double.NaN), new(Sum(2), double.NaN), new(Math.Max(0, (waterfall.LengthNano / 1e6) - mesh), double.NaN));
    }

    public static string Sentence(IReadOnlyList<TimeSlice> slices) =>
        $"{Figures.Millis(slices[0].Millis + slices[2].Millis)} in both sidecars ({Figures.Share(slices[0].Share + slices[2].Share)}), {Figures.Millis(slices[1].Millis)} on the network.";

    private static IReadOnlyList<TimeSlice> Slices(PartMillis client, PartMillis network, PartMillis server, PartMillis app)
    {
        double whole = Math.Max(1e-9, client.MeanMillis + network.MeanMillis + server.MeanMillis + app.MeanMillis);
        TimeSlice Slice(string name, string key, PartMillis part) => new(name, key, part.MeanMillis, part.P99Millis, part.MeanMillis / whole);
        return [Slice("caller's sidecar", "client", client), Slice("network", "network", network), Slice("callee's sidecar", "server", server), Slice("app", "app", app)];
    }

    private static PartMillis Of(List<TimeParts> all, Func<TimeParts, PartMillis> part) =>
        new(all.Sum(p => part(p).MeanMillis * p.Requests) / all.Sum(p => p.Requests), all.Max(p => part(p).P99Millis));

    private static PartMillis One(long micros) => new(micros / 1000.0, double.NaN);

    private static long? Micros(TraceSpan span, string key) =>
        long.TryParse(span.Attribute(key), NumberStyles.None, CultureInfo.InvariantCulture, out long micros) ? micros : null;
}
