using System.Globalization;
using System.Text.RegularExpressions;
using MeshInsight.Storage.Client;

namespace MeshInsight.Storage.Schema;

/// <summary>Days that rows are kept, brought to what the options say for tables that were made with other days.</summary>
internal static partial class Retention
{
    /// <summary>Tables kept for <see cref="ClickHouseOptions.HistoryDays"/>; all others for <see cref="ClickHouseOptions.RetentionDays"/>.</summary>
    private static readonly HashSet<string> History = ["mesh_findings", "mesh_incidents", "mesh_decisions", "mesh_revisions"];

    public static async Task<IReadOnlyList<string>> ChangesAsync(ClickHouseClient client, CancellationToken cancel)
    {
        var options = client.Options;
        string onCluster = options.Cluster.Length > 0 ? $" ON CLUSTER `{options.Cluster}`" : "";
        List<string> changes = [];
        await using var rows = await client.QueryAsync(
            "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND (name LIKE 'otel\\\\_%' OR name LIKE 'mesh\\\\_%') ORDER BY name",
            cancel: cancel);
        while (await rows.NextAsync(cancel))
        {
            string table = rows.Text(0);
            var rule = Rule().Match(rows.Text(1));
            int days = History.Contains(table.Replace("_local", "", StringComparison.Ordinal)) ? options.HistoryDays : options.RetentionDays;
            if (rule.Success && rule.Groups["days"].Value != days.ToString(CultureInfo.InvariantCulture))
            {
                changes.Add($"ALTER TABLE {table}{onCluster} MODIFY TTL {rule.Groups["time"].Value} + toIntervalDay({days})");
            }
        }

        return changes;
    }

    [GeneratedRegex(@" TTL (?<time>.+) \+ toIntervalDay\((?<days>\d+)\)")]
    private static partial Regex Rule();
}
