namespace MeshInsight.Collector.Detect;

/// <summary>Which services have sidecars, learned from their spans. Numbers are names of the <see cref="NameTable"/>. Not thread-safe.</summary>
internal sealed class SidecarMemory(TimeSpan memory)
{
    private Dictionary<int, long> _seen = [];
    private readonly long _memoryNanos = memory.Ticks * 100;

    public void Seen(int service, long nowUnixNanos) => _seen[service] = nowUnixNanos;

    public bool Has(int service, long nowUnixNanos) => _seen.TryGetValue(service, out long seen) && nowUnixNanos - seen <= _memoryNanos;

    public void Rename(Func<int, int> rename) =>
        _seen = _seen.GroupBy(service => rename(service.Key)).ToDictionary(group => group.Key, group => group.Max(service => service.Value));
}
