namespace MeshInsight.Proxy.Metrics;

/// <summary>
/// One exemplar per bucket, drawn anew every ten seconds: OpenTelemetry's AlignedHistogramBucketExemplarReservoir. What decides the draw is the randomness of the
/// trace id, the highest wins. That is a uniform draw, and of all requests in the bucket it takes the one whose trace the collector keeps with the best chance, for
/// the collector keeps traces from a threshold of that same number upward (docs/decisions/0162). Thread-safe; an offer that does not win takes no lock.
/// </summary>
internal sealed class ExemplarReservoir
{
    // A rank is the turn, then the upper bits of the randomness: a new turn always wins.
    private const int RandomBits = 36;
    private const int RandomnessBits = 56;
    private const long TurnNanos = 10_000_000_000;

    private readonly Lock _lock = new();
    private readonly Exemplar[] _held = new Exemplar[FixedHistogram.UpperBounds.Length + 1];
    private readonly ulong[] _ranks = new ulong[FixedHistogram.UpperBounds.Length + 1];

    public void Offer(int bucket, in Exemplar exemplar)
    {
        ulong rank = ((ulong)Math.Max(0, exemplar.UnixNanos / TurnNanos) << RandomBits) | (exemplar.TraceId.Randomness >> (RandomnessBits - RandomBits));
        if (rank <= Volatile.Read(ref _ranks[bucket]))
        {
            return;
        }

        lock (_lock)
        {
            if (rank > _ranks[bucket])
            {
                _held[bucket] = exemplar;
                Volatile.Write(ref _ranks[bucket], rank);
            }
        }
    }

    public bool TryGet(int bucket, out Exemplar exemplar)
    {
        lock (_lock)
        {
            exemplar = _held[bucket];
            return !exemplar.TraceId.IsEmpty;
        }
    }
}
