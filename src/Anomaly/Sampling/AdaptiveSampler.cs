namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Gives every finished trace a probability, so that what is kept fits a budget and is worth most. Each <see cref="SamplingView"/> ranks the trace among
/// recent ones and claims what its part of the budget allows for that rank; a service or path of which traces were just kept claims less; every path type has
/// a claim to one trace a minute, and every trace one to a small chance. The claims add up. Deterministic: the same traces give the same probabilities.
/// Not thread-safe.
/// </summary>
public sealed class AdaptiveSampler(AdaptiveSamplerOptions options)
{
    // Parts of the budget: by view, for the minimum of every path type, and for chance. Sum 1; what one has no use for goes to the others, since the
    // budget's scale rises then.
    private static readonly double[] s_parts = [0.39, 0.16, 0.03, 0.19, 0.12, 0.02];
    private const double PathPart = 0.04;
    private const double ChancePart = 0.05;

    /// <summary>A view may run ahead of its part so many times longer than all together ahead of the budget: faults and new paths come in bursts.</summary>
    private const double ViewHorizons = 20;
    private const double ViewGain = 2;
    private const double MostSaved = 3;

    /// <summary>For so long a service's traces are worth less after one was kept; faults last minutes.</summary>
    private const double KeptHalfLifeSeconds = 90;

    /// <summary>A service has had its share once it holds so much of what was kept lately.</summary>
    private const double FairPart = 0.2;

    /// <summary>The same for a path type that is kept because it is rare: what was seen within the hour is known.</summary>
    private const double PathKeptHalfLifeSeconds = 3600;
    private const double NewPathTraces = 20;
    private const double SlowScore = 0.8;

    private readonly TraceModel _model = new(options.Remembered);
    private readonly BudgetController _budget = new(options.Budget);
    private readonly SamplingBoosts _boosts = new();
    private readonly RankScale[] _ranks = [new(), new(), new(), new(), new(), new()];
    private readonly double[] _accounts = new double[TraceEvidence.Views];
    private ViewValues _claims;
    private FadingCount _kept;
    private double _pathNeed = 1;
    private long _traces;

    // The last trace judged, until it is settled.
    private TraceEvidence _evidence;
    private double _cost;
    private double _sum;
    private long _now;
    private bool _wasLooked;

    public int KnownPaths => _model.KnownPaths;

    public int KnownEdges => _model.KnownEdges;

    /// <param name="target">Hash of a service, of a service with its version, or of an operation, as spans carry them.</param>
    /// <param name="factor">What the probability of traces with it is multiplied by at first; it sinks to 1 until <paramref name="untilUnixNanos"/>.</param>
    /// <returns>False when there are too many boosts already.</returns>
    public bool TryBoost(ulong target, double factor, long nowUnixNanos, long untilUnixNanos) => _boosts.TrySet(target, factor, nowUnixNanos, untilUnixNanos);

    /// <summary>Judges a trace; <see cref="Settle"/> must follow before the next one.</summary>
    /// <param name="nowUnixNanos">Does not go back by more than seconds.</param>
    public SamplingVerdict Judge(in TraceView trace, long nowUnixNanos)
    {
        Arrive(trace, nowUnixNanos);
        _wasLooked = true;
        _evidence = _model.Look(trace, nowUnixNanos);
        double part = _budget.Share * _budget.Scale;
        double serviceWorth = Worth((_evidence.Suspect?.Kept.Value(_now, KeptHalfLifeSeconds) ?? 0) / Math.Max(1, FairPart * _kept.Value(_now, KeptHalfLifeSeconds)));
        double pathWorth = Worth(_evidence.Path.Kept.Value(_now, PathKeptHalfLifeSeconds));
        int best = 0;
        _sum = 0;
        for (int i = 0; i < TraceEvidence.Views; i++)
        {
            double claim = Claim(i, part) * (i == (int)SamplingView.Rarity ? pathWorth * pathWorth : serviceWorth);
            _claims[i] = claim;
            _sum += claim;
            best = claim > _claims[best] ? i : best;
        }

        double path = PathClaim();
        // What is left over is worth more where something is unusual, so chance gets the root of it; a lot left over means that the views have no use for it.
        double chance = ChancePart * _budget.Share * Math.Max(1, Math.Max(Math.Sqrt(_budget.Scale), _budget.Scale / 4));
        double probability = _sum + path + chance;
        _sum = probability;
        if (!_boosts.IsEmpty)
        {
            probability *= _boosts.Of(trace.Spans, nowUnixNanos);
        }

        probability = _budget.Share >= 1 ? 1 : Math.Clamp(probability, ConsistentSampling.LeastProbability, 1);
        var reason = _evidence.HasFailure ? SamplingReason.Error : _claims[best] >= Math.Max(path, chance) ? ReasonOf((SamplingView)best) : path > chance ? RareReason() : Unmarked();
        return new(probability, _evidence.AnomalyScore, reason, _evidence.Suspect?.Key ?? 0);
    }

    /// <summary>Judges a trace without looking at it, for when there is no time to: what the budget allows, by chance. <see cref="Settle"/> must follow.</summary>
    public SamplingVerdict JudgeUnseen(in TraceView trace, long nowUnixNanos)
    {
        Arrive(trace, nowUnixNanos);
        _wasLooked = false;
        return new(Math.Clamp(_budget.Share * Math.Min(1, _budget.Scale), ConsistentSampling.LeastProbability, 1), 0, SamplingReason.Relief);
    }

    /// <summary>Says what became of the trace judged last.</summary>
    public void Settle(bool kept)
    {
        if (!kept)
        {
            return;
        }

        _budget.Charge(_cost);
        if (!_wasLooked)
        {
            return;
        }

        double unusual = 0;
        for (int i = 0; i < TraceEvidence.Views; i++)
        {
            _accounts[i] -= _cost * _claims[i] / _sum;
            unusual += i == (int)SamplingView.Rarity ? 0 : _claims[i] / _sum;
        }

        _kept.Add(1, _now, KeptHalfLifeSeconds);
        _evidence.Suspect?.Kept.Add(unusual, _now, KeptHalfLifeSeconds);
        _evidence.Path.Kept.Add(1, _now, PathKeptHalfLifeSeconds);
    }

    private void Arrive(in TraceView trace, long now)
    {
        _now = now;
        _traces++;
        _cost = _budget.CostOf(trace);
        _budget.Arrive(_cost, now);
    }

    /// <summary>What the view may keep of traces of such a rank. A view that has spent more than its part is braked; one that has not is not pushed.</summary>
    private double Claim(int view, double part)
    {
        double horizon = Math.Max(ViewHorizons * _budget.Horizon * s_parts[view], _cost);
        _accounts[view] = Math.Min(_accounts[view] + (s_parts[view] * _budget.Allowance), MostSaved * horizon);
        double braked = Math.Exp(Math.Min(0, ViewGain * _accounts[view] / horizon));
        double strength = _evidence.Strength[view];
        double claim = strength <= 0 ? 0 : RankClaim.Probability(_ranks[view].TailOf(strength), s_parts[view] * part * braked);
        _ranks[view].Add(strength);
        return claim;
    }

    /// <summary>The next trace that tells the same is worth less.</summary>
    private static double Worth(double kept) => 1 / ((1 + kept) * (1 + kept));

    /// <summary>One trace a minute of every path type, as long as all of them together need no more than their part of the budget.</summary>
    private double PathClaim()
    {
        double claim = Math.Min(1, 1 / Math.Max(1e-9, _evidence.Path.PerMinute));
        _pathNeed += (claim - _pathNeed) * Math.Max(0.001, 1.0 / _traces);
        return claim * Math.Min(1, PathPart * _budget.Share * Math.Min(1, _budget.Scale) / Math.Max(1e-9, _pathNeed));
    }

    private SamplingReason ReasonOf(SamplingView view) => view switch
    {
        SamplingView.Rarity => RareReason(),
        SamplingView.Novelty => SamplingReason.Novel,
        _ => SamplingReason.Slow,
    };

    private SamplingReason RareReason() => _evidence.EarlierTraces < NewPathTraces ? SamplingReason.NewPath : SamplingReason.RarePath;

    private SamplingReason Unmarked() => _evidence.AnomalyScore >= SlowScore ? SamplingReason.Slow : SamplingReason.Probabilistic;
}
