using System.Text.Json;

namespace MeshInsight.EndToEnd.Tests.Demo;

/// <summary>The whole loop in real processes: traffic, fault, detection, cause, action.</summary>
public class ScenarioTests
{
    [Fact]
    public async Task Bad_CanaryFailsAFifth_IsRolledBackAndNamed()
    {
        var summary = await RunAsync("bad", "RolledBack", "--fault-after", "15s");
        Assert.Contains("checkout", summary.GetProperty("causeNamed").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(JsonValueKind.Null, summary.GetProperty("secondsFromFirstFailureToWeightZero").ValueKind);
    }

    [Fact]
    public async Task Healthy_Canary_IsPromoted() => await RunAsync("healthy", "Promoted");

    [Fact]
    public async Task Slow_Canary_IsRolledBack() => await RunAsync("slow", "RolledBack", "--fault-after", "15s");

    [Fact]
    public async Task Downstream_SharedDependencyFails_HoldsAndNamesIt()
    {
        var summary = await RunAsync("downstream", "Held", "--fault-after", "15s");
        Assert.Contains("payment", summary.GetProperty("causeNamed").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Degraded_OneInstanceSick_TrafficShiftsAwayAndReturns()
    {
        var summary = await RunAsync("degraded", "ShiftedAndReturned");
        Assert.Contains("inventory", summary.GetProperty("causeNamed").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Idle_NothingWrong_RaisesNothing()
    {
        var summary = await RunAsync("idle", "Quiet", "--duration", "60s");
        Assert.Equal(0, summary.GetProperty("incidents").GetInt32());
    }

    private static async Task<JsonElement> RunAsync(string scenario, string outcome, params string[] more)
    {
        await using var demo = DemoProcess.Start(scenario, more);
        var (exitCode, summary) = await demo.EndAsync();
        Assert.True(exitCode == 0 && summary.GetProperty("outcome").GetString() == outcome, $"exit code {exitCode}:\n{demo.Output}");
        Assert.True(summary.GetProperty("requestsSent").GetInt64() > 1000, "traffic flowed");

        // Weight changes and snapshot pushes must not cost a single request.
        Assert.True(summary.GetProperty("requestsFailedByMesh").GetInt64() == 0, demo.Output);
        return summary;
    }
}
