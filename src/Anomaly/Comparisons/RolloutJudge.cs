using System.Globalization;
using MeshInsight.Anomaly.Detectors;
using MeshInsight.Contracts.Findings;
using MeshInsight.Contracts.Rollouts;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Anomaly.Comparisons;

/// <summary>
/// Says, second by second, whether the canary is worse than the stable arm beside it. Not thread-safe.
/// </summary>
/// <remarks>
/// Errors and latency each get an equal part of alpha and a <see cref="ConditionalEProcess"/> of their own. A third process over the
/// errors that no failed call explains tells harm by the canary's own code from harm that comes through a callee. O(1) per second.
/// </remarks>
public sealed class RolloutJudge
{
    /// <summary>Below this many canary requests there is nothing to say in either direction.</summary>
    private const int MinimumRequests = 30;

    /// <summary>An e-value that asks for more requests before the share grows: not proof, but no calm either.</summary>
    private const double SuspiciousEValue = 5;

    private readonly JudgeOptions _options;
    private readonly SignalTest? _errors;
    private readonly SignalTest? _unexplained;
    private readonly SignalTest? _latency;
    private readonly RedDetector _stableHealth = new(new());
    private readonly Dictionary<string, ExplainedErrors> _explained = [];
    private readonly Dictionary<string, ExplainedErrors> _recent = [];
    private ArmBlock _stable;
    private ArmBlock _canary;
    private long _second;

    public RolloutJudge(JudgeOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Alpha);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Alpha, 0.5);
        _options = options;
        double bound = Math.Max(1, (options.Errors ? 1 : 0) + (options.Latency ? 1 : 0)) / options.Alpha;
        if (options.Errors)
        {
            _errors = new("errors", bound, tolerance: 1);
            _unexplained = new("errors no callee explains", bound, tolerance: 1);
        }

        if (options.Latency)
        {
            _latency = new("latency", bound, options.LatencyTolerance);
        }
    }

    public VerdictKind Kind { get; private set; } = VerdictKind.NotEnoughData;

    /// <summary>The callee that explains the verdict; empty when none does.</summary>
    public string Cause { get; private set; } = "";

    /// <summary>The verdict in one sentence with its numbers.</summary>
    public string Reason { get; private set; } = "No request has reached both versions yet.";

    public IReadOnlyList<EvidenceMeter> Evidence =>
        [.. new[] { _errors, _unexplained, _latency }.OfType<SignalTest>().Select(s => s.Meter)];

    /// <summary>Adds one closed second of both arms; call it for seconds without traffic too.</summary>
    public void Add(ArmBlock stable, ArmBlock canary, IReadOnlyList<ExplainedErrors> explained)
    {
        _second++;
        AddToSignals(stable, canary, explained);
        _stable = Sum(_stable, stable);
        _canary = Sum(_canary, canary);
        foreach (var callee in explained)
        {
            var total = _explained.GetValueOrDefault(callee.Callee);
            _explained[callee.Callee] = new(callee.Callee, total.Stable + callee.Stable, total.Canary + callee.Canary);
        }

        WatchStableArm(stable, explained);
        Conclude();
    }

    /// <summary>The share changed. The split of each second is in its own counts, so the evidence carries over.</summary>
    public void StepChanged() => Conclude();

    /// <summary>Requests to the canary still missing before the next step may open; 0 when enough and nothing is suspicious.</summary>
    public long RequestsNeeded(long minimumPerStep, long canaryRequestsThisStep)
    {
        long missing = Math.Max(0, minimumPerStep - canaryRequestsThisStep);
        bool suspicious = (_errors?.Meter.EValue ?? 0) >= SuspiciousEValue || (_latency?.Meter.EValue ?? 0) >= SuspiciousEValue;
        return missing == 0 && suspicious ? Math.Max(1, minimumPerStep / 4) : missing;
    }

    public JudgeState Save() => new(
        _stable,
        _canary,
        [.. new[] { _errors, _unexplained, _latency }.OfType<SignalTest>().SelectMany(s => s.State)],
        new Dictionary<string, ExplainedErrors>(_explained));

    public void Restore(JudgeState state)
    {
        _stable = state.Stable;
        _canary = state.Canary;
        int at = 0;
        foreach (var signal in new[] { _errors, _unexplained, _latency }.OfType<SignalTest>())
        {
            signal.Restore([.. state.Signals.Skip(at).Take(3)]);
            at += 3;
        }

        foreach (var (callee, counts) in state.Explained)
        {
            _explained[callee] = counts;
        }

        Conclude();
    }

    private void AddToSignals(ArmBlock stable, ArmBlock canary, IReadOnlyList<ExplainedErrors> explained)
    {
        _errors?.Add(stable.Requests, canary.Requests, stable.Errors, canary.Errors);
        _unexplained?.Add(
            stable.Requests,
            canary.Requests,
            Math.Max(0, stable.Errors - explained.Sum(e => e.Stable)),
            Math.Max(0, canary.Errors - explained.Sum(e => e.Canary)));
        if (_canary.Requests >= _options.LatencyWarmUpRequests)
        {
            _latency?.Add(stable.Requests, canary.Requests, stable.Slow, canary.Slow);
        }
    }

    private void WatchStableArm(ArmBlock stable, IReadOnlyList<ExplainedErrors> explained)
    {
        _stableHealth.Add(_second, stable.Requests, stable.Errors, EmptyLatency);
        if (_stableHealth.Active.Count == 0)
        {
            _recent.Clear();
        }

        foreach (var callee in explained)
        {
            var total = _recent.GetValueOrDefault(callee.Callee);
            _recent[callee.Callee] = new(callee.Callee, total.Stable + callee.Stable, total.Canary + callee.Canary);
        }
    }

    private void Conclude()
    {
        (Kind, Cause, Reason) = Verdict();
    }

    private (VerdictKind Kind, string Cause, string Reason) Verdict()
    {
        if (_errors is { IsProven: true })
        {
            return ErrorVerdict();
        }

        if (_latency is { IsProven: true } latency)
        {
            return (VerdictKind.HarmProven, "", string.Create(CultureInfo.InvariantCulture,
                $"{Share(_canary.Slow, _canary.Requests)} of the canary's requests were slower than the stable version's p95, {Share(_stable.Slow, _stable.Requests)} of the stable version's ({Odds(latency)})."));
        }

        var shared = _stableHealth.Active.FirstOrDefault(d => d.Signal == SignalKind.Errors);
        if (shared is not null)
        {
            string cause = _recent.Values.Where(e => e.Stable > 0).OrderByDescending(e => e.Stable).Select(e => e.Callee).FirstOrDefault("");
            return (VerdictKind.SharedCause, cause, string.Create(CultureInfo.InvariantCulture,
                $"The stable version fails too: {Readable.Percent(shared.Observed)} of its requests, usually {Readable.Percent(shared.Expected)}{(cause.Length > 0 ? $"; its failed calls go to {cause}" : "")}. The canary is not to blame."));
        }

        return _canary.Requests < MinimumRequests
            ? (VerdictKind.NotEnoughData, "", $"The canary has answered {_canary.Requests} requests; {MinimumRequests} are the least to say anything.")
            : (VerdictKind.NoHarmSeen, "", string.Create(CultureInfo.InvariantCulture,
                $"{Share(_canary.Errors, _canary.Requests)} of the canary's requests failed, {Share(_stable.Errors, _stable.Requests)} of the stable version's; no sign of harm in {_canary.Requests} requests."));
    }

    private (VerdictKind Kind, string Cause, string Reason) ErrorVerdict()
    {
        string numbers = string.Create(CultureInfo.InvariantCulture,
            $"{Share(_canary.Errors, _canary.Requests)} of the canary's requests failed, {Share(_stable.Errors, _stable.Requests)} of the stable version's ({Odds(_errors!)})");
        if (_unexplained!.IsProven)
        {
            return (VerdictKind.HarmProven, "", numbers + ": its own code, not a dependency.");
        }

        var callee = _explained.Values.Where(e => e.Canary > 0).OrderByDescending(e => e.Canary).FirstOrDefault();
        if (callee.Callee is null)
        {
            return (VerdictKind.HarmProven, "", numbers + ".");
        }

        // The callee fails the stable version too: a shared fault that happens to hit the canary harder is not the canary's doing.
        bool failsBoth = callee.Stable > 0 && _stable.Requests > 0
            && (double)callee.Stable / _stable.Requests >= 0.3 * callee.Canary / Math.Max(1, _canary.Requests);
        return failsBoth
            ? (VerdictKind.SharedCause, callee.Callee, numbers + $", but calls to {callee.Callee} fail for both.")
            : (VerdictKind.HarmProven, callee.Callee, numbers + $": its calls to {callee.Callee} fail, the stable version's do not.");
    }

    private static readonly LatencySketch EmptyLatency = new();

    private static ArmBlock Sum(ArmBlock a, ArmBlock b) => new(a.Requests + b.Requests, a.Errors + b.Errors, a.Slow + b.Slow);

    private static string Share(long part, long whole) =>
        whole == 0 ? "none" : Readable.Percent((double)part / whole);

    private static string Odds(SignalTest test)
    {
        double e = test.Meter.EValue;
        return e >= 1e6 ? "odds above a million to one" : string.Create(CultureInfo.InvariantCulture, $"odds {e:N0} to 1");
    }
}
