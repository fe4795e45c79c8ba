using System.Diagnostics.CodeAnalysis;

namespace MeshInsight.Collector.Assemble;

/// <summary>
/// Traces by the time they are looked at next, in slots of 100 ms: adding and taking cost the same however many wait. A due time beyond the wheel's reach
/// waits in its last slot and is looked at then. Not thread-safe.
/// </summary>
internal sealed class DueWheel
{
    private const long SlotNanos = 100_000_000;
    private readonly Queue<PendingTrace>[] _slots;
    private long _current;

    public DueWheel(long nowNanos, TimeSpan reach)
    {
        _current = nowNanos / SlotNanos;
        _slots = new Queue<PendingTrace>[(int)(reach.Ticks * 100 / SlotNanos) + 2];
        for (int i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new();
        }
    }

    public void Add(PendingTrace trace, long dueNanos)
    {
        // Rounded up: a trace looked at too early would only be put back.
        long slot = Math.Clamp((dueNanos + SlotNanos - 1) / SlotNanos, _current + 1, _current + _slots.Length - 1);
        _slots[slot % _slots.Length].Enqueue(trace);
    }

    public bool TryTake(long nowNanos, [NotNullWhen(true)] out PendingTrace? trace)
    {
        long now = nowNanos / SlotNanos;
        while (!_slots[_current % _slots.Length].TryDequeue(out trace))
        {
            if (_current >= now)
            {
                return false;
            }

            _current++;
        }

        return true;
    }
}
