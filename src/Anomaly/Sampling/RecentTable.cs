namespace MeshInsight.Anomaly.Sampling;

/// <summary>
/// Models by key, bounded: two generations of <paramref name="capacity"/> each; what is used moves to the younger one, and the older one is forgotten whole
/// when the younger is full. So a peer that makes up names costs neither memory nor time, and what is in use stays known.
/// </summary>
internal sealed class RecentTable<T>(int capacity)
    where T : class, new()
{
    private Dictionary<ulong, T> _young = [];
    private Dictionary<ulong, T> _old = [];

    public int Count => _young.Count + _old.Count;

    public T Get(ulong key)
    {
        if (_young.TryGetValue(key, out var known))
        {
            return known;
        }

        if (!_old.Remove(key, out known))
        {
            known = new();
        }

        if (_young.Count >= capacity)
        {
            (_young, _old) = (_old, _young);
            _young.Clear();
        }

        _young.Add(key, known);
        return known;
    }
}
