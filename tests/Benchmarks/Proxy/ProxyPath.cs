using MeshInsight.Benchmarks.Proxy.Peers;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>One way from the client to the app, and the processes whose CPU it costs.</summary>
/// <param name="Host">Authority to ask for; null for the address's own.</param>
/// <param name="Sidecars">Those of the processes that are ours and tell what they allocate.</param>
/// <param name="Factor">What the CPU is multiplied by, see <see cref="Peer.TracingFactor"/>.</param>
internal sealed record ProxyPath(string Name, Uri Url, string? Host, int[] Processes, IReadOnlyList<BenchSidecar> Sidecars, double Factor = 1)
{
    private const int WarmUpSeconds = 2;
    private const int ManagedWarmUpSeconds = 20;

    /// <summary>Runs on .NET, like sidecars do.</summary>
    public bool IsManaged { get; init; }

    public static ProxyPath Through(string name, Uri url, string? host, params BenchSidecar[] sidecars) => new(name, url, host, [.. sidecars.Select(s => s.ProcessId)], sidecars);

    /// <summary>One row, and where its build cannot trace another of what tracing would cost.</summary>
    public static IEnumerable<ProxyPath> Of(Peer? peer, string missing)
    {
        if (peer is null)
        {
            Console.Error.WriteLine($"{missing} is not installed: no row for it (Debian package {missing.ToLowerInvariant()}).");
            yield break;
        }

        yield return new(peer.Name, peer.Url, null, peer.ProcessIds, []);
        if (peer.TracingFactor > 1)
        {
            yield return new($"{peer.Name} with tracing (× {peer.TracingFactor})", peer.Url, null, peer.ProcessIds, [], peer.TracingFactor);
        }
    }

    /// <summary>Native programs are as fast at once as they will be; .NET compiles what is used much a second and third time, on a thread that gets little of a busy machine.</summary>
    public async Task WarmUpAsync() => await Wrk.RunAsync(Url, Host, Sidecars.Count > 0 || IsManaged ? ManagedWarmUpSeconds : WarmUpSeconds);

    public double CpuSeconds() => Processes.Sum(ProcessStat.CpuSeconds) * Factor;

    public double ResidentMegabytes() => Processes.Sum(ProcessStat.ResidentMegabytes);

    public async Task<double> AllocatedAsync()
    {
        double sum = 0;
        foreach (var sidecar in Sidecars)
        {
            sum += await sidecar.MetricAsync("dotnet_gc_heap_total_allocated_bytes_total");
        }

        return sum;
    }
}
