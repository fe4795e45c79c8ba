using System.Text;
using MeshInsight.Anomaly.Sampling;
using MeshInsight.Collector.Receive;
using MeshInsight.Collector.Sample;
using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage.Inserts;

namespace MeshInsight.Collector.Store;

/// <summary>Kept spans and their scores, being filled for one insert. Reused. Not thread-safe.</summary>
internal sealed class SpanBuffer
{
    private static readonly byte[][] s_reasons = [.. Enum.GetNames<SamplingReason>().Select(Encoding.UTF8.GetBytes)];

    private readonly SpanCopier _copier;

    public SpanBuffer() => _copier = new(Spans);

    public SpanBatch Spans { get; } = new();

    public SpanScores Scores { get; } = new();

    public void Add(ReceivedBatch batch, int row, in SampleDecision decision)
    {
        var incoming = OtTraceState.Read(batch.Spans.Text[batch.Spans.TraceStates[row]]);
        ulong? threshold = decision.ThresholdOf(incoming);
        _copier.Copy(batch, row, threshold);

        // Unknown counts as one: the sampler that spoilt the threshold cannot be corrected here.
        double probability = threshold is { } known ? ConsistentSampling.Probability(known) : 1;
        Span<byte> suspect = stackalloc byte[256];
        int length = Encoding.UTF8.TryGetBytes(decision.SuspectedService, suspect, out int written) ? written : 0;
        Scores.Add(decision.Score, suspect[..length], probability, s_reasons[(int)decision.Reason]);
    }

    public void Clear()
    {
        Spans.Clear();
        Scores.Clear();
        _copier.Clear();
    }
}
