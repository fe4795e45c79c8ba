using MeshInsight.Anomaly.Comparisons;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.ControlPlane.Findings;

namespace MeshInsight.ControlPlane.Decide;

/// <summary>
/// What was seen of both arms of one rollout, and what the test makes of it. Fed with whole seconds; the loop owns it. Its state is kept on disk every second, so that the bound on
/// a wrong rollback holds over restarts; only latency percentiles begin anew then, which no test uses.
/// </summary>
internal sealed class RolloutEvidence
{
    /// <summary>JSON has no infinity, and no reader needs more.</summary>
    private const double MaxEValue = 1e300;

    private readonly RolloutConfig _config;
    private readonly RolloutJudge _judge;
    private readonly LatencyThreshold _threshold = new();
    private readonly LatencySketch _stableLatency = new();
    private readonly LatencySketch _canaryLatency = new();
    private ArmBlock _stable;
    private ArmBlock _canary;
    private long _canaryThisStep;

    public RolloutEvidence(RolloutConfig config, RolloutEvidenceState? state = null)
    {
        _config = config;
        _judge = new RolloutJudge(new JudgeOptions(config.Alpha, config.Signals.Contains("errors"), config.Signals.Contains("latency")));
        if (state is not null && state.Signals.SequenceEqual(config.Signals))
        {
            _judge.Restore(state.Judge);
            (_stable, _canary, _canaryThisStep) = (state.Stable, state.Canary, state.CanaryThisStep);
            (LastCanaryRequest, SuspectSince) = (state.LastCanaryRequest, state.SuspectSince);
        }
    }

    /// <summary>In this step; null while none.</summary>
    public DateTimeOffset? LastCanaryRequest { get; private set; }

    /// <summary>Since when the evidence points at the canary without a break; null while it does not.</summary>
    public DateTimeOffset? SuspectSince { get; private set; }

    public long RequestsNeeded => _judge.RequestsNeeded(_config.MinimumRequestsPerStep, _canaryThisStep);

    public void Add(ArmWindow stable, ArmWindow canary, DateTimeOffset now)
    {
        _threshold.Add(stable.Latency);
        _stableLatency.Merge(stable.Latency);
        _canaryLatency.Merge(canary.Latency);
        var stableBlock = Block(stable);
        var canaryBlock = Block(canary);
        _judge.Add(stableBlock, canaryBlock, Explained(stable, canary));
        _stable = Sum(_stable, stableBlock);
        _canary = Sum(_canary, canaryBlock);
        _canaryThisStep += canary.Requests;
        LastCanaryRequest = canary.Requests > 0 ? now : LastCanaryRequest;
        bool isSuspect = _judge.Evidence.Any(e => e.EValue > 1);
        SuspectSince = isSuspect ? SuspectSince ?? now : null;
    }

    /// <summary>The share changed: the next step wants requests of its own, the evidence carries over.</summary>
    public void StepChanged()
    {
        _canaryThisStep = 0;
        LastCanaryRequest = null;
        _threshold.Refreeze();
        _judge.StepChanged();
    }

    public Verdict Verdict(DateTimeOffset now) => new(
        _judge.Kind,
        now,
        _judge.Reason,
        Counts(_config.Stable, _stable, _stableLatency),
        Counts(_config.Canary, _canary, _canaryLatency),
        [.. _judge.Evidence.Select(e => e with { EValue = Math.Min(e.EValue, MaxEValue) })],
        _judge.Cause);

    public RolloutEvidenceState Save() =>
        new(_config.Signals, _judge.Save(), _stable, _canary, _canaryThisStep, LastCanaryRequest, SuspectSince);

    private ArmBlock Block(ArmWindow window)
    {
        // Latency is measured by servers: a call that reached none is not slow, it failed.
        long slow = _threshold.Bucket is { } bucket ? (long)window.Latency.CountAbove(bucket) : 0;
        return new ArmBlock(window.Requests, Math.Min(window.Errors, window.Requests), Math.Min(slow, window.Requests));
    }

    private static List<ExplainedErrors> Explained(ArmWindow stable, ArmWindow canary) =>
    [
        .. stable.Explained.Keys.Union(canary.Explained.Keys)
            .Select(callee => new ExplainedErrors(callee, stable.Explained.GetValueOrDefault(callee), canary.Explained.GetValueOrDefault(callee))),
    ];

    private static ArmCounts Counts(string version, ArmBlock sum, LatencySketch latency) => new(
        version, sum.Requests, sum.Errors, sum.Slow, Millis(latency, 0.5), Millis(latency, 0.95), Millis(latency, 0.99));

    // Zero requests say that zero is no measurement.
    private static double Millis(LatencySketch latency, double quantile) =>
        latency.Count == 0 ? 0 : Math.Round(latency.QuantileMicros(quantile) / 1000, 3);

    private static ArmBlock Sum(ArmBlock a, ArmBlock b) => new(a.Requests + b.Requests, a.Errors + b.Errors, a.Slow + b.Slow);
}

/// <summary>Evidence as it is kept on disk.</summary>
internal sealed record RolloutEvidenceState(
    IReadOnlyList<string> Signals,
    JudgeState Judge,
    ArmBlock Stable,
    ArmBlock Canary,
    long CanaryThisStep,
    DateTimeOffset? LastCanaryRequest,
    DateTimeOffset? SuspectSince);
