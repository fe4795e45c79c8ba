using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Sample;

/// <summary>
/// Decisions of recent traces, so that spans which come late follow them and no trace is judged twice. Two generations of <paramref name="capacity"/>
/// traces; the older one is dropped whole when the younger is full. Not thread-safe.
/// </summary>
internal sealed class DecisionCache(int capacity)
{
    private Dictionary<TraceId, SampleDecision> _young = [];
    private Dictionary<TraceId, SampleDecision> _old = [];

    public int Count => _young.Count + _old.Count;

    public void Add(TraceId traceId, in SampleDecision decision)
    {
        if (_young.Count >= capacity)
        {
            (_young, _old) = (_old, _young);
            _young.Clear();
        }

        _young[traceId] = decision;
    }

    public bool TryGet(TraceId traceId, out SampleDecision decision) => _young.TryGetValue(traceId, out decision) || _old.TryGetValue(traceId, out decision);
}
