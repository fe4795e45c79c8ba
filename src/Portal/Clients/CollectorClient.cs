using System.Globalization;
using MeshInsight.Portal.Settings;

namespace MeshInsight.Portal.Clients;

/// <param name="Says">Its own one-line answer.</param>
/// <param name="Losses">Counters above zero whose name speaks of drops or refusals, as it exports them.</param>
public sealed record CollectorState(bool IsReady, string Says, IReadOnlyList<(string Counter, double Value)> Losses);

/// <summary>The collector's admin listener: is it ready, and has it lost anything.</summary>
internal sealed class CollectorClient(HttpClient http, PortalSettings settings)
{
    private static readonly string[] LossWords = ["drop", "refus", "shed", "reject", "lost", "evict"];

    public async Task<CollectorState> StateAsync(CancellationToken cancellation)
    {
        using var ready = await http.GetAsync(new Uri(settings.CollectorUrl, "/readyz"), cancellation);
        string says = (await ready.Content.ReadAsStringAsync(cancellation)).Trim();
        string metrics = await http.GetStringAsync(new Uri(settings.CollectorUrl, "/metrics"), cancellation);
        return new CollectorState(ready.IsSuccessStatusCode, says, ParseLosses(metrics));
    }

    /// <summary>Prometheus text: <c>name{labels} value</c> per line.</summary>
    internal static IReadOnlyList<(string Counter, double Value)> ParseLosses(string metrics)
    {
        var losses = new List<(string, double)>();
        foreach (string line in metrics.Split('\n'))
        {
            int space = line.LastIndexOf(' ');
            if (space > 0 && line[0] != '#' && Array.Exists(LossWords, w => line.AsSpan(0, space).Contains(w, StringComparison.OrdinalIgnoreCase))
                && double.TryParse(line.AsSpan(space + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0)
            {
                losses.Add((line[..space], value));
            }
        }

        return losses;
    }
}
