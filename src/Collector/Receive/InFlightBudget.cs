namespace MeshInsight.Collector.Receive;

/// <summary>Bytes that all request bodies together may occupy while they are read. Thread-safe; a lease belongs to one request.</summary>
internal sealed class InFlightBudget(long capacityBytes)
{
    private long _taken;

    public Lease Open() => new(this);

    internal sealed class Lease(InFlightBudget budget) : IDisposable
    {
        private long _bytes;

        public bool TryTake(long bytes)
        {
            if (Interlocked.Add(ref budget._taken, bytes) > budget.Capacity)
            {
                Interlocked.Add(ref budget._taken, -bytes);
                return false;
            }

            _bytes += bytes;
            return true;
        }

        public void Dispose()
        {
            Interlocked.Add(ref budget._taken, -_bytes);
            _bytes = 0;
        }
    }

    private long Capacity => capacityBytes;
}
