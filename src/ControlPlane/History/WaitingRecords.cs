namespace MeshInsight.ControlPlane.History;

/// <summary>The newest record of each id, oldest id first. What is above <paramref name="limit"/> is given up, oldest first, and counted. Thread-safe.</summary>
internal sealed class WaitingRecords<T>(int limit, Func<T, string> id)
    where T : class
{
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, T> _records = [];
    private long _dropped;

    public long Dropped => Interlocked.Read(ref _dropped);

    public void Put(T record)
    {
        lock (_lock)
        {
            _records[id(record)] = record;
            TrimLocked();
        }
    }

    public List<T> Take()
    {
        lock (_lock)
        {
            List<T> records = [.. _records.Values];
            _records.Clear();
            return records;
        }
    }

    public void PutBack(List<T> records)
    {
        lock (_lock)
        {
            for (int i = 0; i < records.Count; i++)
            {
                // What came meanwhile is newer.
                if (!_records.ContainsKey(id(records[i])))
                {
                    _records.Insert(Math.Min(i, _records.Count), id(records[i]), records[i]);
                }
            }

            TrimLocked();
        }
    }

    private void TrimLocked()
    {
        while (_records.Count > limit)
        {
            _records.RemoveAt(0);
            Interlocked.Increment(ref _dropped);
        }
    }
}
