using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Detect;

/// <summary>A CLIENT span of a service without sidecars, waiting for the SERVER span it caused.</summary>
/// <param name="PeerName">Who the caller says it called (peer.service, server.address); empty when it says nothing.</param>
/// <param name="Parent">The span the call was made in.</param>
internal readonly record struct PendingCall(int Source, int SourceVersion, int PeerName, string Protocol, long EndUnixNano, long DurationNanos, bool Failed, SpanId Parent);

/// <summary>
/// Finds the callee of calls that no sidecar names: the SERVER span whose parent is the CLIENT span. Either may come first. A call that finds no child
/// until its second closes is named by its own attributes. Not thread-safe.
/// </summary>
internal sealed class CallJoin(WindowOptions options, CallJoin.Resolved resolved)
{
    private readonly Dictionary<(TraceId Trace, SpanId Span), PendingCall> _calls = [];
    private readonly ShortMemory<(TraceId Trace, SpanId Parent), (int Service, int Version, int Instance)> _servers =
        new(options.MaxJoins, (long)options.JoinMemory.TotalSeconds);

    private readonly List<(TraceId Trace, SpanId Span)> _due = [];

    public delegate void Resolved(TraceId trace, in PendingCall call, int destination, int version, int instance);

    /// <summary>Calls that nothing names.</summary>
    public long Unpaired { get; private set; }

    public long Overflowed => _servers.Overflowed;

    public void AddCall(TraceId trace, SpanId span, in PendingCall call)
    {
        if (_servers.Remove((trace, span), out var server))
        {
            resolved(trace, call, server.Service, server.Version, server.Instance);
        }
        else if (_calls.Count >= options.MaxJoins || !_calls.TryAdd((trace, span), call))
        {
            ResolveByName(trace, call);
        }
    }

    public void AddServer(TraceId trace, SpanId parent, int service, int version, int instance)
    {
        if (parent.IsEmpty)
        {
            return;
        }

        if (_calls.Remove((trace, parent), out var call))
        {
            resolved(trace, call, service, version, instance);
        }
        else
        {
            _servers.TryAdd((trace, parent), (service, version, instance));
        }
    }

    /// <summary>Names every call that ended at or before the second by what its own attributes say.</summary>
    public void CloseThrough(long second)
    {
        foreach (var (key, call) in _calls)
        {
            if (call.EndUnixNano / 1_000_000_000 <= second)
            {
                _due.Add(key);
            }
        }

        foreach (var key in _due)
        {
            _calls.Remove(key, out var call);
            ResolveByName(key.Trace, call);
        }

        _due.Clear();
    }

    public void Advance(long nowSeconds) => _servers.Advance(nowSeconds);

    public void Clear()
    {
        CloseThrough(long.MaxValue);
        _servers.Clear();
    }

    private void ResolveByName(TraceId trace, in PendingCall call)
    {
        if (call.PeerName == NameTable.Empty)
        {
            Unpaired++;
            return;
        }

        resolved(trace, call, call.PeerName, NameTable.Empty, NameTable.Empty);
    }
}
