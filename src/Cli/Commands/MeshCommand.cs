using System.CommandLine;

namespace MeshInsight.Cli.Commands;

/// <summary>The command line as a whole.</summary>
internal static class MeshCommand
{
    public static RootCommand Create(TimeProvider clock) => new("A service mesh that watches itself.")
    {
        DemoCommand.Create(clock),
        ScenarioCommand.Create(clock),
        UpCommand.Create(clock),
        ApplyCommand.Create(),
        GetCommand.Create(),
        RolloutCommand.Create(),
        IncidentsCommand.Create(),
        OverheadCommand.Create(clock),
        WhyCommand.Create(),
        TokenCommand.Create(),
        IdentityCommand.Create(),
        CheckCommand.Create(),
        CommonOptions.PortBase,
    };

    /// <returns>The exit code; wrong options are told on standard error.</returns>
    public static async Task<int> RunAsync(string[] arguments, TimeProvider clock)
    {
        var parsed = Create(clock).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            await Console.Error.WriteLineAsync("meshinsight --help tells what there is.");
            return ExitCodes.Usage;
        }

        // Ctrl-C is the commands' own business: children must be stopped in order, however long that takes.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }
}
