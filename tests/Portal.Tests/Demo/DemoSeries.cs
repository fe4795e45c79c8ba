using MeshInsight.Contracts.Telemetry;
using MeshInsight.Storage;
using MeshInsight.Storage.Records;

namespace MeshInsight.Portal.Tests.Demo;

/// <summary>Edges and RED rows of the shop, one second at a time, as a collector would count them.</summary>
internal sealed class DemoSeries(DemoMesh mesh, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<EdgeRow> _edges = [];
    private readonly List<EdgeTimeRow> _times = [];
    private readonly List<RedRow> _reds = [];

    public async Task WriteAsync(TelemetryStore store, DateTimeOffset from, DateTimeOffset to)
    {
        for (var at = from; at < to; at = at.AddSeconds(1))
        {
            AddSecond(at);
        }

        await store.InsertEdgesAsync(_edges);
        await store.InsertEdgeTimesAsync(_times);
        await store.InsertRedAsync(_reds);
    }

    private void AddSecond(DateTimeOffset at)
    {
        double canary = mesh.CanaryPercent(at);
        double wave = 1 + (0.16 * Math.Sin(at.ToUnixTimeSeconds() / 67.0)) + (0.05 * Math.Sin(at.ToUnixTimeSeconds() / 11.0));
        var answered = new Dictionary<(string Service, string Version, string Instance, string Operation), (ulong Requests, ulong Errors, LatencySketch Latency)>();
        foreach (var call in DemoMesh.Calls)
        {
            foreach (var (from, fromShare) in DemoMesh.Versions(call.Source, canary))
            {
                foreach (var (to, toShare) in DemoMesh.Versions(call.Destination, canary))
                {
                    AddCalls(at, call, from, to, call.Rate * wave * fromShare * toShare, canary, answered);
                }
            }
        }

        foreach (var (key, (requests, errors, latency)) in answered)
        {
            _reds.Add(new RedRow(at.ToUnixTimeSeconds(), key.Service, key.Version, key.Instance, key.Operation, requests, errors, latency));
        }
    }

    private void AddCalls(
        DateTimeOffset at, DemoCall call, string from, string to, double rate, double canary,
        Dictionary<(string, string, string, string), (ulong Requests, ulong Errors, LatencySketch Latency)> answered)
    {
        int requests = Poisson(rate);
        if (requests == 0)
        {
            return;
        }

        var client = new LatencySketch();
        var server = new LatencySketch();
        ulong errors = 0;
        for (int i = 0; i < requests; i++)
        {
            bool failed = _random.NextDouble() < FailureShare(at, call, to, canary);
            double millis = failed ? 9 * Noise(0.3) : call.MedianMillis * Noise(0.45) * (_random.NextDouble() < 0.006 ? 4 : 1);
            string instance = $"{call.Destination}-{to}-{_random.Next(to == "v2" ? 1 : 2)}";
            server.Add((long)(millis * 1e6));
            client.Add((long)((millis + (0.45 * Noise(0.4))) * 1e6));
            errors += failed ? 1ul : 0;
            var key = (call.Destination, to, instance, call.Operation);
            var part = answered.TryGetValue(key, out var known) ? known : (Requests: 0ul, Errors: 0ul, Latency: new LatencySketch());
            part.Latency.Add((long)(millis * 1e6));
            answered[key] = (part.Requests + 1, part.Errors + (failed ? 1ul : 0), part.Latency);
        }

        if (call.Source.Length > 0)
        {
            _edges.Add(new EdgeRow(at.ToUnixTimeSeconds(), EdgeSide.Client, call.Source, from, call.Destination, to, call.Protocol, (ulong)requests, errors, client));
            AddTimes(at, call, from, to, server);
        }

        _edges.Add(new EdgeRow(at.ToUnixTimeSeconds(), EdgeSide.Server, call.Source, from, call.Destination, to, call.Protocol, (ulong)requests, errors, server));
    }

    private void AddTimes(DateTimeOffset at, DemoCall call, string from, string to, LatencySketch app)
    {
        foreach (var (part, micros) in new[] { (EdgePart.ClientProxy, 95), (EdgePart.Network, 260), (EdgePart.ServerProxy, 70) })
        {
            var sketch = new LatencySketch();
            for (ulong i = 0; i < app.Count; i++)
            {
                sketch.Add((long)(micros * 1000 * Noise(0.3)));
            }

            Add(part, sketch);
        }

        Add(EdgePart.App, app);

        void Add(EdgePart part, LatencySketch sketch) => _times.Add(new(at.ToUnixTimeSeconds(), call.Source, from, call.Destination, to, part, sketch));
    }

    private double FailureShare(DateTimeOffset at, DemoCall call, string version, double canary) =>
        mesh.IsFailing(call.Destination, version, at) ? DemoMesh.FailingShare
        : call.Destination == "gateway" && canary > 0 && at >= mesh.Fault ? DemoMesh.FailingShare * canary / 100 * 62 / 184
        : call.Destination is "checkout" or "payment" ? 0.002
        : 0.0003;

    private double Noise(double sigma) => Math.Exp(sigma * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));

    private int Poisson(double mean)
    {
        double limit = Math.Exp(-Math.Min(mean, 500));
        double product = _random.NextDouble();
        int count = 0;
        while (product > limit)
        {
            product *= _random.NextDouble();
            count++;
        }

        return count;
    }
}
