namespace MeshInsight.Anomaly.Sampling;

/// <summary>What is usual for one operation as called by one service.</summary>
internal sealed class EdgeModel
{
    private const double LeastFailureWeight = 0.002;

    /// <summary>Of the span alone, without its children.</summary>
    public UsualTime SelfTime;

    private double _failureRate;
    private int _executions;

    /// <summary>Traces with it.</summary>
    public TraceCount Traces;

    /// <summary>The trace that has counted it last, so that a loop counts once.</summary>
    public long CountedIn { get; set; }

    /// <summary>How surprising a failure is: -ln of how often one is seen, with one failure and one success beyond those seen.</summary>
    public double FailureSurprise => -Math.Log(((_failureRate * _executions) + 1) / (_executions + 2));

    public void Learn(in SampledSpan span, long nowUnixNanos)
    {
        _executions = Math.Min(_executions + 1, 1_000_000);
        _failureRate += ((span.Failed ? 1 : 0) - _failureRate) * Math.Max(LeastFailureWeight, 1.0 / _executions);
        if (!span.Failed)
        {
            // Failures are fast or time out; neither says how long the operation takes.
            SelfTime.Learn(span.SelfNanos, nowUnixNanos);
        }
    }
}
