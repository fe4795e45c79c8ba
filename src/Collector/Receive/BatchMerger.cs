using System.Diagnostics.CodeAnalysis;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Receive;

/// <summary>
/// Logs and metrics need no thought between receiver and store, so requests are decoded into shared batches until these are worth an insert: nothing is
/// copied. A few lanes let requests decode side by side. Bounded by bytes per lane. Thread-safe.
/// </summary>
internal sealed class BatchMerger<T>
    where T : TelemetryBatch, new()
{
    private readonly BatchPool<T> _pool;
    private readonly Lane[] _lanes;
    private readonly long _laneBytes;
    private int _turn;

    public BatchMerger(int lanes, long capacityBytes)
    {
        _pool = new(kept: lanes * 2, largestBytes: capacityBytes / lanes);
        _laneBytes = capacityBytes / lanes;
        _lanes = [.. Enumerable.Range(0, lanes).Select(_ => new Lane(_pool.Rent()))];
    }

    /// <summary>Lets <paramref name="decode"/> append to a batch, one caller at a time per lane.</summary>
    /// <returns>False: full, or closing; nothing was decoded.</returns>
    public bool TryAdd<TResult>(Func<T, TResult> decode, [MaybeNullWhen(false)] out TResult result)
    {
        var lane = _lanes[(uint)Interlocked.Increment(ref _turn) % (uint)_lanes.Length];
        lock (lane)
        {
            if (lane.IsClosed || BatchSize.Of(lane.Batch) >= _laneBytes)
            {
                result = default;
                return false;
            }

            result = decode(lane.Batch);
            return true;
        }
    }

    /// <summary>Takes what has come together, lane by lane.</summary>
    /// <param name="leastItems">Lanes with fewer items are left to grow.</param>
    public IEnumerable<T> Take(int leastItems)
    {
        foreach (var lane in _lanes)
        {
            T? taken = null;
            lock (lane)
            {
                if (BatchSize.Items(lane.Batch) >= Math.Max(1, leastItems))
                {
                    taken = lane.Batch;
                    lane.Batch = _pool.Rent();
                }
            }

            if (taken is not null)
            {
                yield return taken;
            }
        }
    }

    /// <summary>Gives a taken batch back.</summary>
    public void Return(T batch) => _pool.Return(batch);

    /// <summary>Nothing is acknowledged after this that <see cref="Take"/> does not see: whoever is decoding now is waited for.</summary>
    public void Close()
    {
        foreach (var lane in _lanes)
        {
            lock (lane)
            {
                lane.IsClosed = true;
            }
        }
    }

    private sealed class Lane(T batch)
    {
        public T Batch { get; set; } = batch;

        public bool IsClosed { get; set; }
    }
}
