using System.CommandLine;
using MeshInsight.Cli.Api;
using MeshInsight.Cli.Layout;
using MeshInsight.Cli.Platform;
using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight check</c>: asks every part of a running mesh whether it is well.</summary>
internal static class CheckCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var command = new Command("check", "Asks every part of the running mesh whether it is well. Ends with 1 when something is not.");
        command.SetAction((parsed, cancellation) => RunAsync(parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var layout = CommonOptions.Layout(parsed);
        using var http = new HttpClient { Timeout = s_patience };
        using var api = CommonOptions.Api(parsed);
        var findings = new List<Finding>
        {
            Token(layout),
            await AskAsync(http, "clickhouse", new Uri(new PlatformPrograms(layout, demo: false).ClickHouseUrl, "ping"), cancellation),
            await AskAsync(http, "control-plane", new Uri(layout.Url(MeshPorts.ControlApi), "readyz"), cancellation),
            await AskAsync(http, "collector", new Uri(layout.Url(MeshPorts.CollectorAdmin), "readyz"), cancellation),
            await AskAsync(http, "portal", new Uri(layout.Url(MeshPorts.Portal), "readyz"), cancellation),
        };
        findings.AddRange(await SidecarsAsync(api, cancellation));
        TextTable.Of(findings, ("PART", f => f.Part), ("STATE", f => f.Problem.Length == 0 ? "well" : "not well"), ("WHY", f => f.Problem))
            .WriteTo(parsed.InvocationConfiguration.Output);
        return findings.TrueForAll(finding => finding.Problem.Length == 0) ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static Finding Token(MeshLayout layout)
    {
        if (!File.Exists(layout.TokenPath))
        {
            return new Finding("token", $"{layout.TokenPath} does not exist; ./mesh up or demo makes it");
        }

        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        bool open = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(layout.TokenPath) & Others) != 0;
        return new Finding("token", open ? $"others may read {layout.TokenPath}; chmod 600 it" : "");
    }

    private static async Task<Finding> AskAsync(HttpClient http, string part, Uri url, CancellationToken cancellation)
    {
        var (ready, answer) = await Readiness.AskAsync(http, url, cancellation);
        return new Finding(part, ready ? "" : answer);
    }

    private static async Task<IEnumerable<Finding>> SidecarsAsync(MeshApi api, CancellationToken cancellation)
    {
        try
        {
            var status = await api.StatusAsync(cancellation);
            return (await api.InstancesAsync(cancellation)).Select(instance => new Finding("sidecar " + instance.InstanceId, Problem(instance, status.Version)));
        }
        catch (MeshApiException failure)
        {
            return [new Finding("sidecars", failure.Message)];
        }
    }

    private static string Problem(InstanceAnswer instance, long newest) =>
        instance.RefusedProblems is [var refused, ..] ? "refused a snapshot: " + refused
        : !instance.Ready ? "its app does not accept connections"
        : instance.SnapshotVersion < newest ? $"has snapshot {instance.SnapshotVersion} of {newest}"
        : "";

    /// <param name="Problem">Empty when all is well.</param>
    private sealed record Finding(string Part, string Problem);
}
