using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.ControlPlane.Findings;

/// <summary>
/// Gathers one version of a service from both ends: its own SERVER spans, and its callers' CLIENT spans, which alone see a refused connection. What is handed on is the larger
/// view. The views are compared as running sums, because a call at the edge of a second is in one second here and in the next one there, and a larger-of per second would count it twice;
/// the sums begin anew every few seconds, so that callers without a sidecar cannot hide failures for ever. Not thread-safe.
/// </summary>
internal sealed class ArmCounter
{
    private const int TakesPerSum = 10;

    private readonly Dictionary<string, long> _explained = [];
    private LatencySketch _latency = new();
    private View _server;
    private View _client;
    private View _taken;
    private int _takes;

    public void AddServer(long requests, long errors, IReadOnlyList<uint> buckets, IReadOnlyList<ulong> counts)
    {
        _server = new View(_server.Requests + requests, _server.Errors + errors);
        FindingWire.AddTo(_latency, buckets, counts);
    }

    public void AddClient(long requests, long errors) => _client = new View(_client.Requests + requests, _client.Errors + errors);

    public void AddExplained(string callee, long errors)
    {
        if (errors > 0)
        {
            _explained[callee] = _explained.GetValueOrDefault(callee) + errors;
        }
    }

    public ArmWindow Take()
    {
        var sum = new View(Math.Max(_server.Requests, _client.Requests), Math.Max(_server.Errors, _client.Errors));
        long errors = sum.Errors - _taken.Errors;
        var window = new ArmWindow(Math.Max(sum.Requests - _taken.Requests, errors), errors, _latency, new Dictionary<string, long>(_explained));
        _taken = sum;
        _latency = new LatencySketch();
        _explained.Clear();
        if (++_takes == TakesPerSum)
        {
            _server = _client = _taken = default;
            _takes = 0;
        }

        return window;
    }

    private readonly record struct View(long Requests, long Errors);
}
