using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Observe;

/// <summary>
/// The SERVER spans open at this moment, by trace: joins a call that the app makes to the request it makes it for, when the app exports no
/// spans of its own. A fixed table: an entry may be in any of 8 places after its hash; when all are taken the oldest gives way and its calls
/// merely lose the join. Thread-safe.
/// </summary>
internal sealed class OpenInbound
{
    private const int Size = 4096;
    private const int Probes = 8;

    private readonly Lock _lock = new();
    private readonly Entry[] _entries = new Entry[Size];
    private long _order;

    /// <param name="deadline">Timestamp until which the caller waits; 0 when it did not say.</param>
    /// <param name="whyKey">Of a request that is to be explained: the calls it makes are too.</param>
    public void Add(TraceId traceId, SpanId spanId, long deadline = 0, string? whyKey = null)
    {
        lock (_lock)
        {
            ref var place = ref Place(traceId, 0);
            for (int probe = 0; probe < Probes; probe++)
            {
                ref var entry = ref Place(traceId, probe);
                if (entry.SpanId.IsEmpty)
                {
                    place = ref entry;
                    break;
                }

                if (entry.Order < place.Order)
                {
                    place = ref entry;
                }
            }

            place = new(traceId, spanId, ++_order, deadline, whyKey, PriorityClass.Unset);
        }
    }

    /// <summary>Says of what class an open request is; it comes to be known later than the request.</summary>
    public void Classify(TraceId traceId, SpanId spanId, PriorityClass priority)
    {
        lock (_lock)
        {
            for (int probe = 0; probe < Probes; probe++)
            {
                ref var entry = ref Place(traceId, probe);
                if (entry.SpanId == spanId && entry.TraceId == traceId)
                {
                    entry = entry with { Priority = priority };
                    return;
                }
            }
        }
    }

    public void Remove(TraceId traceId, SpanId spanId)
    {
        lock (_lock)
        {
            for (int probe = 0; probe < Probes; probe++)
            {
                ref var entry = ref Place(traceId, probe);
                if (entry.SpanId == spanId && entry.TraceId == traceId)
                {
                    entry = default;
                    return;
                }
            }
        }
    }

    /// <summary>The open SERVER span that is <paramref name="parentId"/> itself (the app passed our header on), else the newest of the trace; empty when none.</summary>
    public SpanId Find(TraceId traceId, SpanId parentId) => Find(traceId, parentId, out _);

    /// <inheritdoc cref="Find(TraceId, SpanId)"/>
    /// <param name="deadline">Of the request found; 0 for none.</param>
    public SpanId Find(TraceId traceId, SpanId parentId, out long deadline) => Find(traceId, parentId, out deadline, out _, out _);

    /// <inheritdoc cref="Find(TraceId, SpanId, out long)"/>
    /// <param name="whyKey">Of the request found; null for none.</param>
    /// <param name="priority">Of the request found; unset for none.</param>
    public SpanId Find(TraceId traceId, SpanId parentId, out long deadline, out string? whyKey, out PriorityClass priority)
    {
        lock (_lock)
        {
            var newest = default(Entry);
            for (int probe = 0; probe < Probes; probe++)
            {
                ref var entry = ref Place(traceId, probe);
                if (entry.SpanId.IsEmpty || entry.TraceId != traceId)
                {
                    continue;
                }

                if (entry.SpanId == parentId)
                {
                    (deadline, whyKey, priority) = (entry.Deadline, entry.WhyKey, entry.Priority);
                    return parentId;
                }

                newest = entry.Order > newest.Order ? entry : newest;
            }

            (deadline, whyKey, priority) = (newest.Deadline, newest.WhyKey, newest.Priority);
            return newest.SpanId;
        }
    }

    private ref Entry Place(TraceId traceId, int probe) => ref _entries[(int)((traceId.Low + (ulong)probe) % Size)];

    private readonly record struct Entry(TraceId TraceId, SpanId SpanId, long Order, long Deadline, string? WhyKey, PriorityClass Priority);
}
