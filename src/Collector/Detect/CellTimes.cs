using MeshInsight.Collector.Receive;
using MeshInsight.Contracts.Telemetry;

namespace MeshInsight.Collector.Detect;

/// <summary>Where the time of calls went. Not thread-safe.</summary>
internal sealed class CellTimes
{
    public LatencySketch ClientProxy { get; } = new();

    public LatencySketch Network { get; } = new();

    public LatencySketch ServerProxy { get; } = new();

    public LatencySketch App { get; } = new();

    public bool IsEmpty => App.Count == 0;

    public void Add(in CallTimes times)
    {
        ClientProxy.Add(times.ClientProxy);
        Network.Add(times.Network);
        ServerProxy.Add(times.ServerProxy);
        App.Add(times.App);
    }

    public void Merge(CellTimes other)
    {
        ClientProxy.Merge(other.ClientProxy);
        Network.Merge(other.Network);
        ServerProxy.Merge(other.ServerProxy);
        App.Merge(other.App);
    }

    public void Clear()
    {
        ClientProxy.Clear();
        Network.Clear();
        ServerProxy.Clear();
        App.Clear();
    }
}
