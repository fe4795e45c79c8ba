namespace MeshInsight.Proxy.Balance;

/// <summary>Counts changes of any endpoint's health, so that a cluster looks at its endpoints again only after one. Thread-safe.</summary>
internal sealed class HealthEpoch
{
    private int _value;

    public int Value => Volatile.Read(ref _value);

    public void Advance() => Interlocked.Increment(ref _value);
}
