using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Storage.Inserts;

/// <summary>What the collector found out about each span's trace before it was stored; row i belongs to span i of the batch. Not thread-safe.</summary>
public sealed class SpanScores
{
    private readonly SymbolTable _symbols = new();
    private readonly Column<float> _anomalies = new();
    private readonly Column<int> _suspects = new();
    private readonly Column<double> _probabilities = new();
    private readonly Column<int> _reasons = new();

    public int Count => _anomalies.Count;

    internal SymbolTable Symbols => _symbols;

    internal Column<float> Anomalies => _anomalies;

    internal Column<int> Suspects => _suspects;

    internal Column<double> Probabilities => _probabilities;

    internal Column<int> Reasons => _reasons;

    /// <param name="anomaly">0 = usual.</param>
    /// <param name="suspectedService">Empty when none.</param>
    /// <param name="samplingProbability">Above 0, up to 1: with what probability a trace like this one was kept.</param>
    /// <param name="samplingReason">Why it was kept, a word of few.</param>
    public void Add(float anomaly, ReadOnlySpan<byte> suspectedService, double samplingProbability, ReadOnlySpan<byte> samplingReason)
    {
        _anomalies.Add(anomaly);
        _suspects.Add(_symbols.Add(suspectedService));
        _probabilities.Add(samplingProbability);
        _reasons.Add(_symbols.Add(samplingReason));
    }

    public void Clear()
    {
        _symbols.Clear();
        _anomalies.Clear();
        _suspects.Clear();
        _probabilities.Clear();
        _reasons.Clear();
    }
}
