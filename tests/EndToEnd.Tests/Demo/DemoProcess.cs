using System.Text.Json;
using MeshInsight.Testing;

namespace MeshInsight.EndToEnd.Tests.Demo;

/// <summary><c>meshinsight demo --plain</c> with everything it starts, all real processes, on ports of its own.</summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    // A debug build on two busy cores; the scenario has a limit of its own and says what it saw.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private readonly ProgramProcess _process;

    private DemoProcess(ProgramProcess process, int portBase) => (_process, PortBase) = (process, portBase);

    public int PortBase { get; }

    public Uri Portal => new($"http://127.0.0.1:{PortBase}/");

    public string Output => _process.Output;

    public static DemoProcess Start(string scenario, params string[] more)
    {
        int portBase = FreePorts.Base();
        string[] arguments = ["demo", "--plain", "--scenario", scenario, "--port-base", $"{portBase}", "--rate", "60", "--warm-up", "30s", .. more];
        return new(ProgramProcess.Start(Repository.ProgramPath("Cli", "meshinsight"), new Dictionary<string, string>(), arguments), portBase);
    }

    /// <summary>Waits for an event line.</summary>
    public Task PrintedAsync(string text) => _process.PrintedAsync(text, Patience);

    /// <summary>Waits for the end.</summary>
    public async Task<(int ExitCode, JsonElement Summary)> EndAsync()
    {
        int exitCode = await _process.WaitForExitAsync(Patience);
        string last = Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Last(l => l.StartsWith('{'));
        return (exitCode, JsonDocument.Parse(last).RootElement);
    }

    /// <summary>Ctrl-C, as a person would.</summary>
    public async Task<int> InterruptAsync()
    {
        _process.Signal(2);
        return await _process.WaitForExitAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
