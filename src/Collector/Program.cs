using System.Runtime.InteropServices;
using MeshInsight.Collector.Hosting;

namespace MeshInsight.Collector;

/// <summary>Takes telemetry in, counts all of it, keeps what matters, finds out what broke and why.</summary>
internal static class Program
{
    private const int WrongSettings = 2;
    private const int PortTaken = 3;

    private static async Task<int> Main()
    {
        var problems = new List<string>();
        if (CollectorOptions.Read(Environment.GetEnvironmentVariable, problems) is not { } options)
        {
            problems.ForEach(Console.Error.WriteLine);
            return WrongSettings;
        }

        using var loggers = LoggerFactory.Create(logging => logging
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("MeshInsight", LogLevel.Information)
            .AddSimpleConsole(console => console.SingleLine = true));
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, ended));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, ended));
        try
        {
            await using var collector = new CollectorHost(options, loggers, TimeProvider.System);
            await collector.StartAsync(CancellationToken.None);
            foreach (string line in collector.ListeningLines)
            {
                await Console.Out.WriteLineAsync(line);
            }

            await await Task.WhenAny(ended.Task, collector.BrokenAsync());
            await collector.StopAsync();
            return 0;
        }
        catch (PortTakenException taken)
        {
            await Console.Error.WriteLineAsync(taken.Message);
            return PortTaken;
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"The spool folder {options.Store.SpoolDirectory} cannot be used: {unusable.Message} Set MESH_DATA_DIR to a folder that can be written.");
            return WrongSettings;
        }
    }

    private static void End(PosixSignalContext signal, TaskCompletionSource ended)
    {
        signal.Cancel = true;
        ended.TrySetResult();
    }
}
