namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Keeps what is kept at the budget: an account that the budget fills and kept traces empty. What is in it scales all probabilities, up while there is
/// something left and down while it is overdrawn. It sees what was kept before, never the randomness of the trace in question, so weights stay unbiased.
/// Not thread-safe.
/// </summary>
internal sealed class BudgetController(SamplingBudget budget)
{
    /// <summary>Budget that may be saved or overdrawn before it tells, in time and, where the budget is a share, in traces.</summary>
    private const double HorizonSeconds = 15;
    private const double HorizonTraces = 300;

    /// <summary>The same at least, in kept traces: fewer than one cannot be kept.</summary>
    private const double LeastHorizon = 1.5;

    private const double Gain = 2;
    private const double MostSaved = 3;
    private const double RateHalfLifeSeconds = 10;

    private readonly FadingRate _arrivals = new(RateHalfLifeSeconds);
    private long _at = long.MinValue;
    private double _account;
    private double _meanCost;
    private long _traces;

    /// <summary>Part of what arrives that the budget allows, 0 to 1.</summary>
    public double Share { get; private set; }

    /// <summary>What probabilities are multiplied by; 1 when the account is even.</summary>
    public double Scale { get; private set; }

    /// <summary>Cost of the traces over which the account is to be even.</summary>
    public double Horizon { get; private set; }

    /// <summary>What the budget has just grown by.</summary>
    public double Allowance { get; private set; }

    public double CostOf(in TraceView trace) => budget.Unit == BudgetUnit.BytesPerSecond ? Math.Max(1, trace.SizeBytes) : 1;

    /// <summary>A trace has come.</summary>
    public void Arrive(double cost, long nowUnixNanos)
    {
        _traces++;
        _meanCost += (cost - _meanCost) * Math.Max(0.01, 1.0 / _traces);
        _arrivals.Add(nowUnixNanos, cost);
        if (budget.Unit == BudgetUnit.Share)
        {
            Share = Math.Clamp(budget.Amount, 0, 1);
            Allowance = Share * cost;
            Horizon = Math.Max(LeastHorizon, Share * HorizonTraces);
        }
        else
        {
            Share = Math.Min(1, budget.Amount / Math.Max(1e-9, _arrivals.PerSecond(nowUnixNanos)));
            Allowance = _at == long.MinValue ? 0 : budget.Amount * Math.Max(0, (nowUnixNanos - _at) / 1e9);
            Horizon = Math.Max(LeastHorizon * _meanCost, budget.Amount * HorizonSeconds);
        }

        _at = Math.Max(_at, nowUnixNanos);
        _account = Math.Min(_account + Allowance, MostSaved * Horizon);
        Scale = Math.Exp(Math.Clamp(Gain * _account / Horizon, -8, 8));
    }

    public void Charge(double cost) => _account -= cost;
}
