using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MeshInsight.Cli.Api;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight get WHAT</c></summary>
internal static class GetCommand
{
    private static readonly Dictionary<string, Func<MeshApi, CancellationToken, Task<TextTable>>> s_tables = new()
    {
        ["services"] = async (api, cancel) => TextTable.Of(
            await api.ServicesAsync(cancel),
            ("NAME", s => s.Name),
            ("VERSIONS", s => string.Join(",", s.Versions)),
            ("INSTANCES", s => Number(s.Instances)),
            ("WEIGHTS", s => string.Join(" ", s.Weights.Select(w => $"{w.Version}={w.Percent.ToString("0.##", CultureInfo.InvariantCulture)}%")))),
        ["instances"] = async (api, cancel) => TextTable.Of(
            await api.InstancesAsync(cancel),
            ("INSTANCE", i => i.InstanceId),
            ("SERVICE", i => i.Service),
            ("VERSION", i => i.Version),
            ("ADDRESS", i => i.Address),
            ("READY", i => i.Ready ? "yes" : "no"),
            ("KEEPS", i => i.KeepPercent + "%"),
            ("SNAPSHOT", i => Number(i.SnapshotVersion)),
            ("REFUSED", i => i.RefusedProblems is [var first, ..] ? first : "")),
        ["resources"] = async (api, cancel) => TextTable.Of(
            await api.ResourcesAsync(cancel), ("KIND", r => r.Kind), ("NAME", r => r.Name), ("API", r => r.ApiVersion), ("SOURCE", r => r.Source)),
        ["rollouts"] = async (api, cancel) => RolloutCommand.Table(await api.RolloutsAsync(cancel)),
        ["incidents"] = async (api, cancel) => IncidentsCommand.Table(await api.IncidentsAsync(false, cancel)),
        ["decisions"] = async (api, cancel) => TextTable.Of(
            await api.DecisionsAsync(cancel),
            ("AT", d => d.At.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)),
            ("KIND", d => d.Kind.ToString()),
            ("TARGET", d => d.Target),
            ("BY", d => d.By),
            ("REASON", d => d.Reason)),
        ["status"] = async (api, cancel) => TextTable.Of(
            [await api.StatusAsync(cancel)],
            ("EPOCH", s => s.Epoch),
            ("SNAPSHOT", s => Number(s.Version)),
            ("SIDECARS", s => Number(s.Proxies)),
            ("CONFIRMED", s => Number(s.Confirmed)),
            ("SINCE", s => s.StartedAt.ToLocalTime().ToString("u", CultureInfo.InvariantCulture))),
    };

    private static readonly Argument<string> s_what = MakeWhat();
    private static readonly Option<bool> s_json = new("--json") { Description = "The control plane's own answer." };

    public static Command Create()
    {
        var command = new Command("get", "Shows what the mesh consists of.") { s_what, s_json };
        command.SetAction((parsed, cancellation) => CommonOptions.WithApiAsync(parsed, async api =>
        {
            string what = parsed.GetRequiredValue(s_what);
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(s_json))
            {
                await output.WriteLineAsync(JsonSerializer.Serialize(await api.GetAsync<JsonElement>(what, cancellation), MeshApi.Json));
            }
            else
            {
                (await s_tables[what](api, cancellation)).WriteTo(output);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Argument<string> MakeWhat()
    {
        var argument = new Argument<string>("what") { Description = string.Join(", ", s_tables.Keys) };
        argument.AcceptOnlyFromAmong([.. s_tables.Keys]);
        return argument;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
