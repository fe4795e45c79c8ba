using System.CommandLine;
using MeshInsight.Cli.Api;
using MeshInsight.Cli.Demo;
using MeshInsight.Cli.Platform;
using MeshInsight.Cli.Views;
using MeshInsight.Storage.Client;

namespace MeshInsight.Cli.Commands;

/// <summary><c>meshinsight scenario</c>: what <c>demo</c> lets go wrong, on a mesh that runs already.</summary>
internal static class ScenarioCommand
{
    private static readonly Option<string> s_scenario = DemoCommand.MakeScenario();

    private static readonly Option<Uri> s_faults = Address("--faults", "http://127.0.0.1:5001/", "Where the sick instance takes its faults.");
    private static readonly Option<Uri> s_portal = Address("--portal", "http://localhost:4300/", "The portal's address as a person would open it.");
    private static readonly Option<TimeSpan?> s_warmUp = Durations.Option("--warm-up", "Traffic before anything happens (default 20s).");
    private static readonly Option<TimeSpan?> s_faultAfter = Durations.Option("--fault-after", "From the start of the rollout to the fault (default 60s; 5s without a rollout).");

    public static Command Create(TimeProvider clock)
    {
        var command = new Command("scenario", "Lets something go wrong in a mesh with the sample shop that runs already, and tells what the mesh does about it.")
        {
            s_scenario, s_faults, s_portal, s_warmUp, s_faultAfter,
        };
        command.SetAction((parsed, _) => CommonOptions.WithApiAsync(parsed, api => RunAsync(parsed, api, clock)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, MeshApi api, TimeProvider clock)
    {
        var output = parsed.InvocationConfiguration.Output;
        var scenario = Scenario.Named(parsed.GetRequiredValue(s_scenario));
        var options = new DemoOptions(
            scenario,
            Duration: null,
            RatePerSecond: 0,
            parsed.GetValue(s_warmUp) ?? TimeSpan.FromSeconds(20),
            parsed.GetValue(s_faultAfter) ?? TimeSpan.FromSeconds(scenario.Rollout is null ? 5 : 60),
            StayOpen: false);
        using var interrupt = new Interrupt();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var store = new ClickHouseClient(ClickHouseOptions.Read(Environment.GetEnvironmentVariable));
        var state = new DemoState(scenario, parsed.GetRequiredValue(s_portal), new StartProgress(clock), clock);
        var view = new PlainView(state, output, clock);
        string rollouts = Path.Combine(CommonOptions.Layout(parsed).DemoDirectory, "scenarios");
        try
        {
            var run = new AttachedRun(options, rollouts, api, store, new FaultClient(http, parsed.GetRequiredValue(s_faults)), state, new DemoClock(clock), clock);
            return await run.RunAsync(interrupt.Token) ? ExitCodes.Done : ExitCodes.Failed;
        }
        catch (Exception failure) when (failure is TimeoutException or HttpRequestException or IOException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(failure.Message);
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            return ExitCodes.Failed;
        }
        finally
        {
            GC.KeepAlive(view);
        }
    }

    private static Option<Uri> Address(string name, string otherwise, string description) => new(name)
    {
        Description = $"{description} (default {otherwise})",
        DefaultValueFactory = _ => new Uri(otherwise),
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp)
            {
                return address;
            }

            argument.AddError($"\"{text}\" is not an address; write something like {otherwise}.");
            return null;
        },
    };
}
