using System.Text.Json;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Loop;

public sealed class RemediationLoopTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Remediation_SickInstance_LosesItsTrafficAndAPersonGivesItBack()
    {
        await using var control = await RunningControlPlane.StartAsync(_directory);
        await control.ApplyAsync(Shop.Services + "\n---\n" + Shop.Remediation);
        await using var one = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1");
        await using var two = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-2");
        await using var three = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-3");
        await one.WaitAsync(s => Keep(s).Count == 3);
        await using var collector = new FakeCollector(control);

        await collector.ReportAsync(FakeCollector.SickInstance("checkout", "v1", "checkout-2"), FakeCollector.SickInstance("checkout", "v1", "checkout-3"));

        await one.WaitAsync(s => Keep(s).TryGetValue("checkout-2", out int keep) && keep == 5);
        var decisions = await Eventually.GetAsync(
            () => control.ReadAsync<List<Decision>>("/decisions"), d => d.Exists(x => x.Kind == DecisionKind.ShiftAway && x.ConfirmedAt is not null) && d.Count >= 2);
        var shift = decisions.Single(d => d.Kind == DecisionKind.ShiftAway);
        Assert.Equal("checkout/checkout-2", shift.Target);
        Assert.Contains("\"confidence\":0.97", shift.Evidence, StringComparison.Ordinal);
        var refusal = decisions.Single(d => d.Kind == DecisionKind.Refuse);
        Assert.Equal("checkout/checkout-3", refusal.Target);
        Assert.Contains("at most 34 %", refusal.Reason, StringComparison.Ordinal);
        Assert.Equal(5, Instance(await control.GetAsync("/instances"), "checkout-2").GetProperty("keepPercent").GetInt32());
        await Eventually.GetAsync(() => control.ReadAsync<List<Incident>>("/incidents?open=true"), open => open is [var incident] && incident.DecisionIds.Contains(shift.Id));

        using var undo = await control.PostAsync($"/decisions/{shift.Id}/undo");
        Assert.True(undo.IsSuccessStatusCode, await undo.Content.ReadAsStringAsync());
        await one.WaitAsync(s => Keep(s)["checkout-2"] == 100);
        using var again = await control.PostAsync($"/decisions/{shift.Id}/undo");
        Assert.Equal(System.Net.HttpStatusCode.Conflict, again.StatusCode);
    }

    [Fact]
    public async Task Remediation_ControlPlaneRestarts_TheInstanceStaysAway()
    {
        await using (var control = await RunningControlPlane.StartAsync(_directory))
        {
            await control.ApplyAsync(Shop.Services + "\n---\n" + Shop.Remediation);
            await using var one = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1");
            await using var two = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-2");
            await using var three = await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-3");
            await one.WaitAsync(s => Keep(s).Count == 3);
            await using var collector = new FakeCollector(control);
            await collector.ReportAsync(FakeCollector.SickInstance("checkout", "v1", "checkout-2"));
            await one.WaitAsync(s => Keep(s)["checkout-2"] == 5);
        }

        await using var again = await RunningControlPlane.StartAsync(_directory);
        await using var back = await FakeProxy.ConnectAsync(again, "checkout", "v1", "checkout-1");
        await back.WaitAsync(s => Keep(s).Count == 3);

        Assert.All(back.Snapshots, s => Assert.Equal(5, Keep(s)["checkout-2"]));
    }

    private static Dictionary<string, int> Keep(MeshInsight.Control.V1.Snapshot snapshot) =>
        snapshot.Clusters.Where(c => c.Service == "checkout").SelectMany(c => c.Endpoints).Where(e => !e.NotReady).DistinctBy(e => e.InstanceId).ToDictionary(e => e.InstanceId, e => e.KeepPercent);

    private static JsonElement Instance(JsonElement instances, string id) =>
        instances.EnumerateArray().Single(i => i.GetProperty("instanceId").GetString() == id);
}
