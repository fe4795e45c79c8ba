using System.CommandLine;
using MeshInsight.Cli.Api;
using MeshInsight.Cli.Demo;
using MeshInsight.Cli.Layout;
using MeshInsight.Cli.Platform;
using MeshInsight.Cli.Supervision;
using MeshInsight.Cli.Views;
using MeshInsight.Contracts.Mesh;
using Spectre.Console;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight demo</c>: platform, shop, load, and something that goes wrong.</summary>
internal static class DemoCommand
{
    private const double DefaultRate = 100;

    private static readonly string[] s_programs = ["EmbeddedClickHouse", "ControlPlane", "Collector", "Portal", "Proxy", "Shop", "LoadGenerator"];

    private static readonly Option<string> s_scenario = MakeScenario();
    private static readonly Option<bool> s_plain = new("--plain") { Description = "One line per event instead of the live view, and one line of JSON at the end." };
    private static readonly Option<bool> s_stay = new("--stay") { Description = "Go on after the outcome until Ctrl-C or --duration; the live view always does." };
    private static readonly Option<double> s_rate = MakeRate();
    private static readonly Option<TimeSpan?> s_duration = Durations.Option("--duration", "Bounds the time after the warm-up (90, 90s, 5m).");
    private static readonly Option<TimeSpan?> s_warmUp = Durations.Option("--warm-up", "Traffic before anything happens (default 20s).");
    private static readonly Option<TimeSpan?> s_faultAfter = Durations.Option("--fault-after", "From the start of v2, or the end of the warm-up, to the fault (default 60s; 5s without a rollout).");

    public static Command Create(TimeProvider clock)
    {
        var command = new Command("demo", "Starts everything with the sample shop, lets something go wrong, and shows what the mesh does about it.")
        {
            s_scenario, s_plain, s_stay, s_rate, s_duration, s_warmUp, s_faultAfter,
        };
        command.SetAction((parsed, _) => RunAsync(parsed, clock));
        return command;
    }

    internal static DemoOptions Read(ParseResult parsed)
    {
        var scenario = Scenario.Named(parsed.GetRequiredValue(s_scenario));
        return new DemoOptions(
            scenario,
            parsed.GetValue(s_duration),
            parsed.GetValue(s_rate),
            parsed.GetValue(s_warmUp) ?? TimeSpan.FromSeconds(20),
            parsed.GetValue(s_faultAfter) ?? TimeSpan.FromSeconds(scenario.Rollout is null ? 5 : 60),
            StayOpen: parsed.GetValue(s_stay) || !IsPlain(parsed));
    }

    private static async Task<int> RunAsync(ParseResult parsed, TimeProvider clock)
    {
        var (output, errors) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var moments = new DemoClock(clock);
        var options = Read(parsed);
        var layout = CommonOptions.Layout(parsed);
        var programs = new PlatformPrograms(layout, demo: true);
        var plan = new ShopPlan(layout);
        if (StartChecks.MissingPrograms(s_programs) is { } missing)
        {
            await errors.WriteLineAsync(missing);
            return ExitCodes.Failed;
        }

        if (StartChecks.Refuse(programs.Ports().Concat(plan.Ports()), errors))
        {
            return ExitCodes.PortTaken;
        }

        TokenFile.Ensure(layout.TokenPath);
        Forget(layout);
        using var interrupt = new Interrupt();
        var state = new DemoState(options.Scenario, layout.Url(MeshPorts.Portal), new StartProgress(clock), clock);
        IDemoView view = IsPlain(parsed) ? new PlainView(state, output, clock) : new LiveView(state, AnsiConsole.Console, clock);
        using var ended = new CancellationTokenSource();
        var showing = view.ShowAsync(ended.Token);
        DemoSummary? summary = null;
        string? trouble = null;
        try
        {
            summary = await new DemoRun(options, layout, programs, plan, state, moments, clock).RunAsync(interrupt.Token);
        }
        catch (Exception failure) when (failure is ChildEndedException or TimeoutException or MeshApiException or HttpRequestException or IOException)
        {
            trouble = failure.Message;
        }

        await ended.CancelAsync();
        await showing;
        if (trouble is not null)
        {
            await errors.WriteLineAsync(trouble);
            return ExitCodes.Failed;
        }

        await output.WriteLineAsync(IsPlain(parsed) ? summary!.ToJson() : Farewell(summary!, layout));
        return summary!.AsExpected ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static bool IsPlain(ParseResult parsed) => parsed.GetValue(s_plain) || Console.IsOutputRedirected;

    /// <summary>Every demo starts from nothing: a rollout that has ended must not be waiting when the next demo begins.</summary>
    private static void Forget(MeshLayout layout)
    {
        string data = Path.GetDirectoryName(layout.DataDirectory("any", demo: true))!;
        if (Directory.Exists(data))
        {
            // Renaming is at once; thousands of small files may take seconds to delete on a busy disk.
            Directory.Move(data, $"{data}-old-{Environment.ProcessId}");
        }

        // Those too that an earlier demo had no time to delete.
        string[] old = Directory.GetDirectories(layout.StateDirectory, Path.GetFileName(data) + "-old-*");
        _ = Task.Run(() => Array.ForEach(old, directory => Directory.Delete(directory, recursive: true)));
    }

    private static string Farewell(DemoSummary summary, MeshLayout layout)
    {
        string weightZero = summary.SecondsFromFirstFailureToWeightZero is { } seconds ? $", {seconds} s from the first failure to weight 0" : "";
        return $"{summary.Scenario}: {summary.Outcome} (expected {summary.Expected}){weightZero}; {summary.RequestsSent} requests, {summary.RequestsFailedByMesh} failed by the mesh. Logs: {layout.LogDirectory}";
    }

    internal static Option<string> MakeScenario()
    {
        var option = new Option<string>("--scenario")
        {
            Description = string.Join("; ", Scenario.All.Select(scenario => $"{scenario.Name}: {scenario.What}")),
            DefaultValueFactory = _ => "bad",
        };
        option.AcceptOnlyFromAmong([.. Scenario.All.Select(scenario => scenario.Name)]);
        return option;
    }

    private static Option<double> MakeRate()
    {
        var option = new Option<double>("--rate") { Description = $"Visitors' requests per second (default {DefaultRate}).", DefaultValueFactory = _ => DefaultRate };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 1 and <= 10_000))
            {
                result.AddError("--rate may be 1 to 10000 requests per second.");
            }
        });
        return option;
    }
}
