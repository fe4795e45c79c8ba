using MeshInsight.Cli.Supervision;
using MeshInsight.Testing;

namespace MeshInsight.Cli.Tests.Supervision;

/// <summary>A real program of ours that runs until it is told to end: one role of the shop, on ports of the system's choice.</summary>
internal static class SleepingProgram
{
    public static ChildSpec Spec(string name, int stopRank = 0, string role = "catalog") =>
        new(name, Repository.ProgramPath("Shop"), [role], new Dictionary<string, string> { ["SHOP_PORT"] = "0" }, stopRank);

    /// <summary>A process that has ended but was not collected counts as gone.</summary>
    public static bool IsGone(int processId)
    {
        string stat = $"/proc/{processId}/stat";
        try
        {
            return !File.Exists(stat) || File.ReadAllText(stat).Split(") ")[^1].StartsWith('Z');
        }
        catch (IOException)
        {
            return true;
        }
    }

    public static async Task UntilGoneAsync(int processId)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!IsGone(processId))
        {
            await ticks.WaitForNextTickAsync(patience.Token);
        }
    }
}
