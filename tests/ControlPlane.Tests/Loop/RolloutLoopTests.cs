using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Loop;

/// <summary>The closed loop over real wires: fake sidecars take snapshots, a fake collector tells what each arm did.</summary>
public sealed class RolloutLoopTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Rollout_BadCanary_IsRolledBackWithEvidenceAndAnIncident()
    {
        await using var mesh = await SmallMesh.StartAsync(_directory);
        await mesh.WaitForWeightAsync(10);

        var status = await mesh.DriveAsync(seconds: 60, canaryErrorShare: 0.2, until: s => s.Phase == RolloutPhase.RolledBack);

        Assert.Equal((RolloutPhase.RolledBack, 0, 0), (status.Phase, status.WeightPercent, status.ConfirmedWeightPercent));
        Assert.Equal(VerdictKind.HarmProven, status.Verdict.Kind);
        Assert.Equal(0, FakeProxy.CanaryPercent(mesh.Frontend.Snapshots[^1], "checkout", "v2"));
        var decisions = await mesh.Control.ReadAsync<List<Decision>>("/decisions?target=checkout-v2");
        var rollback = decisions.Single(d => d.Kind == DecisionKind.RollBack);
        Assert.Contains("HarmProven", rollback.Evidence, StringComparison.Ordinal);
        Assert.Equal(0.01, rollback.ErrorBound);
        Assert.True(rollback.AppliedVersion > 0 && rollback.ConfirmedAt is not null);
        Assert.True(rollback.ConfirmedAt >= rollback.At, $"{rollback.ConfirmedAt - rollback.At}");
        // At once, not in steps: the decision's own snapshot takes everything away.
        Assert.Equal([10, 0], mesh.Frontend.Snapshots.Select(s => FakeProxy.CanaryPercent(s, "checkout", "v2")).SkipWhile(p => p != 10).Distinct());
        Assert.Equal(0, FakeProxy.CanaryPercent(mesh.Frontend.Snapshots.First(s => s.Version >= rollback.AppliedVersion), "checkout", "v2"));
        var incident = await Eventually.GetAsync(
            async () => (await mesh.Control.ReadAsync<List<Incident>>("/incidents")).Single(), i => i.Timeline.Any(e => e.Kind == IncidentEventKind.Action) && !i.Findings[0].IsActive);
        Assert.Equal(new Subject(SubjectScope.Version, "checkout", "v2"), incident.Cause!.Subject);
        Assert.Contains("checkout v2 was rolled back", incident.Headline, StringComparison.Ordinal);
        Assert.Contains("its own code, not a dependency", incident.Headline, StringComparison.Ordinal);
        Assert.Contains(rollback.Id, incident.DecisionIds);
        Assert.Equal([IncidentEventKind.Fault, IncidentEventKind.Detected, IncidentEventKind.CauseNamed, IncidentEventKind.Action], incident.Timeline.Take(4).Select(e => e.Kind));
    }

    [Fact]
    public async Task Rollout_HealthyCanary_IsPromotedAndGetsEverything()
    {
        await using var mesh = await SmallMesh.StartAsync(_directory, "[10, 100]");
        await mesh.WaitForWeightAsync(10);

        var status = await mesh.DriveAsync(seconds: 60, canaryErrorShare: 0, until: s => s.Phase == RolloutPhase.Succeeded);

        Assert.Equal((RolloutPhase.Succeeded, 100, 100), (status.Phase, status.WeightPercent, status.ConfirmedWeightPercent));
        Assert.Equal(100, FakeProxy.CanaryPercent(mesh.Frontend.Snapshots[^1], "checkout", "v2"));
        Assert.Empty(await mesh.Control.ReadAsync<List<Incident>>("/incidents"));

        // The resource goes, the result stays.
        using var deleted = await mesh.Control.Api.DeleteAsync(new Uri("/api/v1/resources/Rollout/checkout-v2", UriKind.Relative));
        Assert.True(deleted.IsSuccessStatusCode);
        await Eventually.GetAsync(() => mesh.Control.ReadAsync<List<RolloutStatus>>("/rollouts"), r => r.Count == 0);
        Assert.Equal(100, FakeProxy.CanaryPercent(mesh.Frontend.Snapshots[^1], "checkout", "v2"));
    }

    [Fact]
    public async Task Rollout_UnreachableCanary_IsJudgedByWhatItsCallersSaw()
    {
        await using var mesh = await SmallMesh.StartAsync(_directory);
        await mesh.WaitForWeightAsync(10);

        var status = await mesh.DriveAsync(seconds: 60, canaryErrorShare: 0, until: s => s.Phase == RolloutPhase.RolledBack, canaryRefusesShare: 0.5);

        Assert.Equal(RolloutPhase.RolledBack, status.Phase);
        Assert.True(status.Verdict.Canary.Errors > 0);
    }

    [Fact]
    public async Task Rollout_SlowCanary_IsRolledBackForLatency()
    {
        await using var mesh = await SmallMesh.StartAsync(_directory);
        await mesh.WaitForWeightAsync(10);

        var status = await mesh.DriveAsync(seconds: 90, canaryErrorShare: 0, until: s => s.Phase == RolloutPhase.RolledBack, canarySlowShare: 0.5);

        Assert.Equal(RolloutPhase.RolledBack, status.Phase);
        Assert.Contains("slower", status.Verdict.Reason, StringComparison.Ordinal);
        var incident = await Eventually.GetAsync(async () => (await mesh.Control.ReadAsync<List<Incident>>("/incidents")).Single(), i => i.Timeline.Any(e => e.Kind == IncidentEventKind.Action));
        Assert.Equal(SignalKind.Latency, incident.Findings[0].Signal);
    }

    [Fact]
    public async Task Rollout_SharedDependencyFails_IsHeldAndNamesIt()
    {
        await using var mesh = await SmallMesh.StartAsync(_directory, minimumRequests: 100_000);
        await mesh.WaitForWeightAsync(10);
        await mesh.DriveAsync(seconds: 60, canaryErrorShare: 0, until: s => s.Verdict.Canary.Requests > 700);

        var status = await mesh.DriveAsync(seconds: 60, canaryErrorShare: 0, until: s => s.Phase == RolloutPhase.Holding, paymentErrorShare: 0.3);

        Assert.Equal(RolloutPhase.Holding, status.Phase);
        Assert.Equal(10, status.WeightPercent);
        var held = (await mesh.Control.ReadAsync<List<Decision>>("/decisions?target=checkout-v2"))[0];
        Assert.Equal(DecisionKind.Hold, held.Kind);
        Assert.Contains("payment", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollout_ControlPlaneRestartsInTheMiddle_KeepsWeightAndEvidence()
    {
        long requestsBefore;
        await using (var mesh = await SmallMesh.StartAsync(_directory))
        {
            await mesh.WaitForWeightAsync(10);
            var before = await mesh.DriveAsync(seconds: 8, canaryErrorShare: 0, until: s => s.Verdict.Canary.Requests >= 60);
            requestsBefore = before.Verdict.Canary.Requests;
        }

        await using var again = await SmallMesh.StartAsync(_directory, apply: false);
        await again.Frontend.WaitAsync(s => s.Routes.Count > 0);
        Assert.Equal(10, FakeProxy.CanaryPercent(again.Frontend.Snapshots[0], "checkout", "v2"));
        var after = await again.DriveAsync(seconds: 60, canaryErrorShare: 0.2, until: s => s.Phase == RolloutPhase.RolledBack);

        Assert.True(after.Verdict.Canary.Requests > requestsBefore);
        Assert.Equal(RolloutPhase.RolledBack, after.Phase);
        Assert.Single(await again.Control.ReadAsync<List<Decision>>("/decisions"), d => d.Kind == DecisionKind.StartRollout);
    }

    [Fact]
    public async Task Rollout_PersonPausesResumesAndPromotes_IsObeyedWithToken()
    {
        await using var mesh = await SmallMesh.StartAsync(_directory);
        await mesh.WaitForWeightAsync(10);
        using var refused = await mesh.Control.Anonymous.PostAsync(new Uri("/api/v1/rollouts/checkout-v2/abort", UriKind.Relative), null);
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);

        using var pause = await mesh.Control.PostAsync("/rollouts/checkout-v2/pause");
        Assert.True(pause.IsSuccessStatusCode, await pause.Content.ReadAsStringAsync());
        Assert.True((await mesh.StatusAsync()).PausedByPerson);
        using var resume = await mesh.Control.PostAsync("/rollouts/checkout-v2/resume");
        Assert.Equal(RolloutPhase.Progressing, (await mesh.StatusAsync()).Phase);
        using var again = await mesh.Control.PostAsync("/rollouts/checkout-v2/resume");
        Assert.Equal(System.Net.HttpStatusCode.Conflict, again.StatusCode);
        using var promote = await mesh.Control.PostAsync("/rollouts/checkout-v2/promote");
        await mesh.WaitForWeightAsync(100);

        var decisions = await mesh.Control.ReadAsync<List<Decision>>("/decisions?target=checkout-v2");
        Assert.Equal([DecisionKind.Promote, DecisionKind.Resume, DecisionKind.Hold, DecisionKind.StartRollout], decisions.Select(d => d.Kind));
        using var undo = await mesh.Control.PostAsync($"/decisions/{decisions[0].Id}/undo");
        Assert.True(undo.IsSuccessStatusCode, await undo.Content.ReadAsStringAsync());
        await mesh.WaitForWeightAsync(0);
        using var unknown = await mesh.Control.PostAsync("/rollouts/nothing/abort");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Rollout_SidecarRefusesTheWeight_IsNotConfirmed()
    {
        await using var mesh = await SmallMesh.StartAsync(_directory);
        await mesh.WaitForWeightAsync(10);
        await Eventually.GetAsync(mesh.StatusAsync, s => s.ConfirmedWeightPercent == 10);
        mesh.Frontend.Refuses = "no such cluster";

        using var abort = await mesh.Control.PostAsync("/rollouts/checkout-v2/abort");
        await mesh.WaitForWeightAsync(0);

        var status = await Eventually.GetAsync(mesh.StatusAsync, s => s.ConfirmedWeightPercent is null);
        Assert.Equal((RolloutPhase.RollingBack, 0), (status.Phase, status.WeightPercent));
    }
}
