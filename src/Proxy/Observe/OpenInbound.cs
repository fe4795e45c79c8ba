using MeshInsight.Contracts.Mesh;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Proxy.Observe;

/// <summary>The request that a call is made for.</summary>
/// <param name="Deadline">Timestamp until which its caller waits; 0 for none.</param>
/// <param name="WhyKey">Null when nobody asked why.</param>
internal readonly record struct OpenRequest(SpanId SpanId, long Deadline, string? WhyKey, PriorityClass Priority);

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
    public OpenRequest Find(TraceId traceId, SpanId parentId)
    {
        lock (_lock)
        {
            var found = default(Entry);
            for (int probe = 0; probe < Probes; probe++)
            {
                ref var entry = ref Place(traceId, probe);
                if (entry.SpanId.IsEmpty || entry.TraceId != traceId)
                {
                    continue;
                }

                if (entry.SpanId == parentId)
                {
                    found = entry;
                    break;
                }

                found = entry.Order > found.Order ? entry : found;
            }

            return new(found.SpanId, found.Deadline, found.WhyKey, found.Priority);
        }
    }

    private ref Entry Place(TraceId traceId, int probe) => ref _entries[(int)((traceId.Low + (ulong)probe) % Size)];

    private readonly record struct Entry(TraceId TraceId, SpanId SpanId, long Order, long Deadline, string? WhyKey, PriorityClass Priority);
}
