using MeshInsight.Anomaly.Sampling;

namespace MeshInsight.Benchmarks.Replay;

/// <summary>A recorded trace as the sampler sees it. Reused from trace to trace.</summary>
internal sealed class ReplayView
{
    private readonly Dictionary<int, int> _byId = [];
    private SampledSpan[] _spans = [];
    private long[] _covered = [];
    private long[] _coveredUntil = [];
    private int[] _byStart = [];
    private long[] _starts = [];

    public TraceView Of(ReplayTrace trace)
    {
        var spans = trace.Spans;
        if (_spans.Length < spans.Length)
        {
            _spans = new SampledSpan[spans.Length];
            _covered = new long[spans.Length];
            _coveredUntil = new long[spans.Length];
            _byStart = new int[spans.Length];
            _starts = new long[spans.Length];
        }

        _byId.Clear();
        for (int i = 0; i < spans.Length; i++)
        {
            _byId[spans[i].Id] = i;
            _covered[i] = 0;
            _coveredUntil[i] = spans[i].StartMicros;
            _byStart[i] = i;
            _starts[i] = spans[i].StartMicros;
        }

        Array.Sort(_starts, _byStart, 0, spans.Length);
        foreach (int child in _byStart.AsSpan(0, spans.Length))
        {
            if (_byId.TryGetValue(spans[child].Parent, out int parent))
            {
                long from = Math.Max(spans[child].StartMicros, _coveredUntil[parent]);
                long until = Math.Min(spans[child].EndMicros, spans[parent].EndMicros);
                _covered[parent] += Math.Max(0, until - from);
                _coveredUntil[parent] = Math.Max(_coveredUntil[parent], until);
            }
        }

        for (int i = 0; i < spans.Length; i++)
        {
            var span = spans[i];
            _spans[i] = new(
                (ulong)span.Service + 1,
                0,
                ((ulong)(span.Service + 1) << 32) + (ulong)span.Operation + 1,
                _byId.GetValueOrDefault(span.Parent, -1),
                Math.Max(0, span.DurationMicros - _covered[i]) * 1000,
                Failed: false);
        }

        return new(_spans.AsSpan(0, spans.Length), [], 0, (trace.EndMicros - trace.Root.StartMicros) * 1000, 0);
    }
}
