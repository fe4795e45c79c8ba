using System.Runtime.InteropServices;
using MeshInsight.Collector.Meters;
using MeshInsight.Collector.Receive;

namespace MeshInsight.Collector.Detect;

/// <summary>
/// The windows stage: counts every span, closes seconds, hands each closed second on with names instead of numbers. Not thread-safe; the pipeline's thread.
/// </summary>
internal sealed class WindowCloser
{
    private readonly NameTable _names;
    private readonly WindowTable _windows;
    private readonly SidecarMemory _sidecars;
    private readonly SpanCounter _counter;
    private readonly CellPool _pool = new();
    private readonly CollectorMeters _meters;
    private readonly Action<ClosedWindow> _closed;
    private readonly List<RedRow> _operations = [];
    private readonly List<RedRow> _instances = [];
    private readonly List<EdgeRow> _edges = [];
    private readonly List<EdgeRow> _serverEdges = [];
    private readonly Dictionary<(int Service, int Version, int Instance), WindowCell> _byInstance = [];
    private long _now;

    public WindowCloser(WindowOptions options, long nowUnixNanos, CollectorMeters meters, Action<ClosedWindow> closed)
    {
        _names = new(options.MaxNames);
        _sidecars = new(options.SidecarMemory);
        _windows = new(options, _pool, nowUnixNanos, meters, Hand);
        _counter = new(options, _names, _windows, _sidecars);
        _meters = meters;
        _closed = closed;
        _now = nowUnixNanos;
    }

    public void Count(ReceivedBatch batch, long nowUnixNanos)
    {
        _now = nowUnixNanos;
        _counter.Count(batch.Spans, batch.Keys, nowUnixNanos);
    }

    /// <summary>Closes what has ended. Call some times a second.</summary>
    public void Advance(long nowUnixNanos)
    {
        _now = nowUnixNanos;
        if (!_windows.HasEnded(nowUnixNanos))
        {
            return;
        }

        _counter.Calls.CloseThrough(_windows.LastEnded(nowUnixNanos));
        _windows.CloseEnded(nowUnixNanos);
        long second = nowUnixNanos / 1_000_000_000;
        _counter.Calls.Advance(second);
        _counter.Explained.Advance(second);
        if (_names.IsFull)
        {
            RenewNames();
        }

        _meters[MeterTable.UnpairedCalls].Set(_counter.Calls.Unpaired);
        _meters[MeterTable.JoinOverflow, "calls"].Set(_counter.Calls.Overflowed);
        _meters[MeterTable.JoinOverflow, "errors"].Set(_counter.Explained.Overflowed);
        _meters[MeterTable.OtherNames].Set(_names.Overflowed);
    }

    /// <summary>Closes every window, ended or not: the program ends.</summary>
    public void CloseAll()
    {
        _counter.Calls.CloseThrough(long.MaxValue);
        _windows.CloseAll();
    }

    // Open windows take the new numbers; what the joins hold is resolved or forgotten.
    private void RenewNames()
    {
        _counter.Calls.Clear();
        _counter.Explained.Clear();
        var rename = _names.Renew();
        _windows.Rename(rename);
        _sidecars.Rename(rename);
    }

    private void Hand(SecondWindow window)
    {
        foreach (var (key, cell) in window.Red)
        {
            if (!key.Proxy && _sidecars.Has(key.Service, _now))
            {
                continue;
            }

            _operations.Add(new(_names[key.Service], _names[key.Version], _names[key.Instance], _names[key.Operation], cell));
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_byInstance, (key.Service, key.Version, key.Instance), out _);
            sum ??= _pool.Rent();
            sum.Merge(cell);
        }

        foreach (var (key, cell) in _byInstance)
        {
            _instances.Add(new(_names[key.Service], _names[key.Version], _names[key.Instance], "", cell));
        }

        foreach (var (key, cell) in window.Edges)
        {
            (key.IsServerSide ? _serverEdges : _edges).Add(new(
                _names[key.Source],
                _names[key.SourceVersion],
                _names[key.Destination],
                _names[key.DestinationVersion],
                _names[key.DestinationInstance],
                key.Protocol,
                cell));
        }

        _closed(new(window.Second, window.IsStraggler, _operations, _instances, _edges, _serverEdges));
        foreach (var cell in _byInstance.Values)
        {
            _pool.Return(cell);
        }

        _byInstance.Clear();
        _operations.Clear();
        _instances.Clear();
        _edges.Clear();
        _serverEdges.Clear();
    }
}
