using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Detect;

/// <summary>
/// Joins a failed request with the failed calls made for it, so that errors a callee explains are told from the version's own. Both halves come from the
/// same sidecar within about a second, so no whole trace is awaited. A request is credited once per destination service, to the edge of the first failed
/// call there: sums over a callee's instances then never exceed the requests that failed. Not thread-safe.
/// </summary>
internal sealed class ExplainedErrors(WindowOptions options, Action<EdgeKey, long> credit)
{
    private const int MaxCallees = 8;
    private readonly ShortMemory<(TraceId Trace, SpanId Request), FailedRequest> _requests = new(options.MaxJoins, (long)options.JoinMemory.TotalSeconds);

    public long Overflowed => _requests.Overflowed;

    /// <param name="request">The SERVER span that the call was made for.</param>
    public void AddFailedCall(TraceId trace, SpanId request, in EdgeKey edge)
    {
        if (request.IsEmpty || !TryGetOrAdd((trace, request), out var failed))
        {
            return;
        }

        foreach (var known in failed.Edges)
        {
            if (known.Destination == edge.Destination)
            {
                return;
            }
        }

        if (failed.Edges.Count < MaxCallees)
        {
            failed.Edges.Add(edge);
            if (failed.Second is { } second)
            {
                credit(edge, second);
            }
        }
    }

    /// <param name="second">Unix second in which the request ended.</param>
    public void AddFailedRequest(TraceId trace, SpanId request, long second)
    {
        if (TryGetOrAdd((trace, request), out var failed) && failed.Second is null)
        {
            failed.Second = second;
            foreach (var edge in failed.Edges)
            {
                credit(edge, second);
            }
        }
    }

    public void Advance(long nowSeconds) => _requests.Advance(nowSeconds);

    public void Clear() => _requests.Clear();

    private bool TryGetOrAdd((TraceId Trace, SpanId Request) key, out FailedRequest failed)
    {
        if (_requests.TryGet(key, out var known))
        {
            failed = known;
            return true;
        }

        failed = new();
        return _requests.TryAdd(key, failed);
    }

    private sealed class FailedRequest
    {
        public List<EdgeKey> Edges { get; } = new(1);

        public long? Second { get; set; }
    }
}
