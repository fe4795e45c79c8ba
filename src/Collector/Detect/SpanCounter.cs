using MeshInsight.Collector.Receive;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Detect;

/// <summary>
/// Counts every span of a batch into the open windows: SERVER and CONSUMER spans per service, version, instance and operation, CLIENT spans per edge.
/// Runs before any sampling. Nothing is allocated per span in the steady state. Not thread-safe.
/// </summary>
internal sealed class SpanCounter
{
    private readonly WindowOptions _options;
    private readonly NameTable _names;
    private readonly WindowTable _windows;
    private readonly SidecarMemory _sidecars;
    private readonly ExplainedErrors _explained;
    private readonly CallJoin _calls;
    private int[] _operations = [];
    private Origin[] _origins = [];

    public SpanCounter(WindowOptions options, NameTable names, WindowTable windows, SidecarMemory sidecars)
    {
        _options = options;
        _names = names;
        _windows = windows;
        _sidecars = sidecars;
        _explained = new(options, (edge, second) => windows.OfSecond(second).Cell(edge).Explained++);
        _calls = new(options, CountResolved);
    }

    public ExplainedErrors Explained => _explained;

    public CallJoin Calls => _calls;

    private long Now { get; set; }

    public void Count(SpanBatch batch, in SpanKeys keys, long nowUnixNanos)
    {
        Now = nowUnixNanos;
        ReadOrigins(batch);
        PrepareOperations(batch.Symbols.Count);
        for (int row = 0; row < batch.Count; row++)
        {
            switch (batch.Kinds[row])
            {
                case SpanKind.Server or SpanKind.Consumer:
                    CountRequest(batch, row, keys);
                    break;
                case SpanKind.Client:
                    CountCall(batch, row, keys);
                    break;
            }
        }
    }

    private void CountRequest(SpanBatch batch, int row, in SpanKeys keys)
    {
        var origin = _origins[batch.ResourceRows[row]];
        bool proxy = keys.IsProxy(batch, row);
        if (proxy)
        {
            _sidecars.Seen(origin.Service, Now);
        }

        long end = batch.StartUnixNanos[row] + batch.DurationNanos[row];
        bool failed = keys.Failed(batch, row);
        var window = _windows.At(end, Now);
        int operation = window.Red.Count < _options.MaxRowsPerSecond ? Operation(batch, row) : NameTable.Other;
        window.Cell(new RedKey(origin.Service, origin.Version, origin.Instance, operation, proxy)).Add(batch.DurationNanos[row], failed);

        if (failed)
        {
            _explained.AddFailedRequest(batch.TraceIds[row], batch.SpanIds[row], window.Second);
        }

        // A caller with a sidecar names its callee itself; only others need the join.
        int caller = proxy ? _names.Add(SpanKeys.Text(batch, row, keys.SourceService)) : NameTable.Empty;
        bool callerIsMeshed = caller != NameTable.Empty;
        if (callerIsMeshed)
        {
            int callerVersion = _names.Add(SpanKeys.Text(batch, row, keys.SourceVersion));
            var edge = new EdgeKey(caller, callerVersion, origin.Service, origin.Version, NameTable.Empty, keys.Protocol(batch, row), IsServerSide: true);
            window.Cell(edge).Add(batch.DurationNanos[row], failed);
        }

        if (!callerIsMeshed && (proxy || !_sidecars.Has(origin.Service, Now)))
        {
            _calls.AddServer(batch.TraceIds[row], batch.ParentIds[row], origin.Service, origin.Version, origin.Instance);
        }
    }

    private void CountCall(SpanBatch batch, int row, in SpanKeys keys)
    {
        var origin = _origins[batch.ResourceRows[row]];
        bool proxy = keys.IsProxy(batch, row);
        if (proxy)
        {
            _sidecars.Seen(origin.Service, Now);
        }
        else if (_sidecars.Has(origin.Service, Now))
        {
            return;
        }

        if (keys.IsInjected(batch, row))
        {
            // No call was made: the edge and its callee have no part in it.
            return;
        }

        int destination = _names.Add(SpanKeys.Text(batch, row, keys.DestinationService));
        if (destination != NameTable.Empty)
        {
            CountMeshed(batch, row, keys, origin, destination);
            return;
        }

        int peer = _names.Add(SpanKeys.Text(batch, row, keys.PeerService));
        peer = peer == NameTable.Empty ? _names.Add(SpanKeys.Text(batch, row, keys.ServerAddress)) : peer;
        long end = batch.StartUnixNanos[row] + batch.DurationNanos[row];
        _calls.AddCall(
            batch.TraceIds[row],
            batch.SpanIds[row],
            new(origin.Service, origin.Version, peer, keys.Protocol(batch, row), end, batch.DurationNanos[row], keys.Failed(batch, row), batch.ParentIds[row]));
    }

    private void CountMeshed(SpanBatch batch, int row, in SpanKeys keys, in Origin origin, int destination)
    {
        var edge = new EdgeKey(
            origin.Service,
            origin.Version,
            destination,
            _names.Add(SpanKeys.Text(batch, row, keys.DestinationVersion)),
            _names.Add(SpanKeys.Text(batch, row, keys.DestinationInstance)),
            keys.Protocol(batch, row));
        bool failed = keys.Failed(batch, row);
        long end = batch.StartUnixNanos[row] + batch.DurationNanos[row];
        var cell = _windows.At(end, Now).Cell(edge);
        cell.Add(batch.DurationNanos[row], failed);
        if (keys.TryTimes(batch, row, out var times))
        {
            cell.Add(times);
        }

        if (failed)
        {
            var request = SpanId.TryParse(SpanKeys.Text(batch, row, keys.InboundSpanId), out var inbound) ? inbound : batch.ParentIds[row];
            _explained.AddFailedCall(batch.TraceIds[row], request, edge);
        }
    }

    private void CountResolved(TraceId trace, in PendingCall call, int destination, int version, int instance)
    {
        if (_sidecars.Has(call.Source, Now))
        {
            // The service's sidecar came to light while the call waited; its own span counts the call.
            return;
        }

        var edge = new EdgeKey(call.Source, call.SourceVersion, destination, version, instance, call.Protocol);
        _windows.At(call.EndUnixNano, Now).Cell(edge).Add(call.DurationNanos, call.Failed);
        if (call.Failed)
        {
            _explained.AddFailedCall(trace, call.Parent, edge);
        }
    }

    private void ReadOrigins(SpanBatch batch)
    {
        if (_origins.Length < batch.Resources.Count)
        {
            _origins = new Origin[batch.Resources.Count * 2];
        }

        for (int row = 0; row < batch.Resources.Count; row++)
        {
            var resource = batch.Resources[row];
            _origins[row] = new(
                _names.Add(batch.Symbols[resource.ServiceName]),
                _names.Add(batch.Symbols[resource.ServiceVersion]),
                _names.Add(batch.Symbols[resource.ServiceInstance]));
        }
    }

    private void PrepareOperations(int symbols)
    {
        if (_operations.Length < symbols)
        {
            _operations = new int[symbols * 2];
        }

        Array.Clear(_operations, 0, symbols);
    }

    // 0 means "not looked up yet"; an empty name is looked up each time, which costs nothing.
    private int Operation(SpanBatch batch, int row)
    {
        ref int known = ref _operations[batch.Names[row]];
        return known != 0 ? known : known = _names.Add(batch.Symbols[batch.Names[row]]);
    }

    private readonly record struct Origin(int Service, int Version, int Instance);
}
