using MeshInsight.Contracts.Rollouts;
using MeshInsight.Testing;

namespace MeshInsight.ControlPlane.Tests.Loop;

/// <summary>frontend → checkout (v1, v2) → payment, with a rollout of checkout v2. Requests are made up, split as the newest snapshot says.</summary>
internal sealed class SmallMesh : IAsyncDisposable
{
    private const int RequestsPerSecond = 200;

    private readonly List<FakeProxy> _proxies;
    private readonly FakeCollector _collector;
    private readonly Random _random = new(7);

    private SmallMesh(RunningControlPlane control, List<FakeProxy> proxies)
    {
        Control = control;
        _proxies = proxies;
        _collector = new FakeCollector(control);
    }

    public RunningControlPlane Control { get; }

    public FakeProxy Frontend => _proxies[0];

    public static async Task<SmallMesh> StartAsync(TempDirectory directory, string steps = "[10, 50, 100]", bool apply = true, int minimumRequests = 100)
    {
        var control = await RunningControlPlane.StartAsync(directory);
        if (apply)
        {
            await control.ApplyAsync(Shop.Services + "\n---\n" + Shop.Rollout.Replace("[10, 50, 100]", steps).Replace("minimumRequestsPerStep: 200", $"minimumRequestsPerStep: {minimumRequests}"));
        }

        List<FakeProxy> proxies =
        [
            await FakeProxy.ConnectAsync(control, "frontend", "v1", "frontend-1"),
            await FakeProxy.ConnectAsync(control, "checkout", "v1", "checkout-1"),
            await FakeProxy.ConnectAsync(control, "checkout", "v2", "checkout-2"),
            await FakeProxy.ConnectAsync(control, "payment", "v1", "payment-1"),
        ];
        return new SmallMesh(control, proxies);
    }

    public Task<RolloutStatus> StatusAsync() => Control.ReadAsync<RolloutStatus>("/rollouts/checkout-v2");

    public async Task WaitForWeightAsync(int percent) =>
        await Frontend.WaitAsync(s => FakeProxy.CanaryPercent(s, "checkout", "v2") == percent);

    /// <summary>Reports one second after the other as fast as they are taken, until the rollout is as asked.</summary>
    public async Task<RolloutStatus> DriveAsync(
        int seconds,
        double canaryErrorShare,
        Func<RolloutStatus, bool> until,
        double canaryRefusesShare = 0,
        double canarySlowShare = 0,
        double paymentErrorShare = 0)
    {
        var status = await StatusAsync();
        for (int second = 0; second < seconds && !until(status); second++)
        {
            await ReportSecondAsync(canaryErrorShare, canaryRefusesShare, canarySlowShare, paymentErrorShare);
            long seen = status.Verdict.Canary.Requests + status.Verdict.Stable.Requests;
            status = await Eventually.GetAsync(
                StatusAsync, s => !IsJudged(s) || until(s) || s.Verdict.Canary.Requests + s.Verdict.Stable.Requests > seen);
        }

        return await Eventually.GetAsync(StatusAsync, until);
    }

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await Control.DisposeAsync();
    }

    private static bool IsJudged(RolloutStatus status) => status.Phase is RolloutPhase.Progressing or RolloutPhase.Holding;

    private Task ReportSecondAsync(double canaryErrorShare, double canaryRefusesShare, double canarySlowShare, double paymentErrorShare)
    {
        int percent = Math.Max(0, FakeProxy.CanaryPercent(Frontend.Snapshots[^1], "checkout", "v2"));
        int canary = RequestsPerSecond * percent / 100;
        int stable = RequestsPerSecond - canary;
        int refused = Draw(canary, canaryRefusesShare);
        int canaryExplained = Draw(canary - refused, paymentErrorShare);
        int stableExplained = Draw(stable, paymentErrorShare);
        int canaryErrors = Draw(canary - refused - canaryExplained, canaryErrorShare) + canaryExplained;
        return _collector.ReportAsync(
            FakeCollector.Served("checkout", "v1", "checkout-1", stable, stableExplained, slow: Draw(stable, 0.02)),
            FakeCollector.Served("checkout", "v2", "checkout-2", canary - refused, canaryErrors, slow: Draw(canary - refused, Math.Max(0.02, canarySlowShare))),
            FakeCollector.Called("frontend", "v1", "checkout", "v1", stable, stableExplained),
            FakeCollector.Called("frontend", "v1", "checkout", "v2", canary, refused + canaryErrors),
            FakeCollector.Called("checkout", "v1", "payment", "v1", stable, stableExplained, stableExplained),
            FakeCollector.Called("checkout", "v2", "payment", "v1", canary, canaryExplained, canaryExplained));
    }

    private int Draw(int of, double share)
    {
        int drawn = 0;
        for (int i = 0; i < of; i++)
        {
            drawn += _random.NextDouble() < share ? 1 : 0;
        }

        return drawn;
    }
}
