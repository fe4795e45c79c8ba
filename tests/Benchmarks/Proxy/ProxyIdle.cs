using System.Net;
using System.Net.Sockets;
using System.Text;
using MeshInsight.Benchmarks.Harness;
using MeshInsight.Proxy.Snapshots;
using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>What a sidecar holds while nothing happens: alone, with a thousand idle connections, with a large mesh's snapshot.</summary>
internal sealed class ProxyIdle : IBenchmark
{
    private const int Connections = 1000;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);

    public string Name => nameof(ProxyIdle);

    public string Summary => "resident memory of a sidecar: idle, with 1,000 idle connections, with a snapshot of 2,000 services and 10,000 endpoints";

    public IReadOnlyList<BenchmarkRow> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IReadOnlyList<BenchmarkRow>> RunAsync()
    {
        using var directory = new TempDirectory();
        await using var upstream = await BenchUpstream.StartAsync();
        await using var sidecar = await BenchSidecar.StartAsync("idle", upstream.Url, upstream.OtlpUrl.ToString(), directory.Path, null);
        List<BenchmarkRow> rows = [await RowAsync("idle", sidecar)];
        var clients = new List<TcpClient>();
        try
        {
            for (int i = 0; i < Connections; i++)
            {
                clients.Add(await CallOnceAsync(sidecar.Inbound));
            }

            rows.Add(await RowAsync($"{Connections} idle connections, one request each", sidecar));
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        new SnapshotFile(Path.Combine(directory.Path, "snapshot-large.pb")).Write(LargeSnapshot.Of(1, "127.0.0.1:9"));
        await using var large = await BenchSidecar.StartAsync("large", upstream.Url, upstream.OtlpUrl.ToString(), directory.Path, null);
        rows.Add(await RowAsync($"{LargeSnapshot.Services} services, {LargeSnapshot.Services * LargeSnapshot.EndpointsPerService} endpoints", large));
        return rows;
    }

    private static async Task<TcpClient> CallOnceAsync(Uri url)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, url.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {url.Authority}\r\n\r\n"));
        byte[] buffer = new byte[4096];
        int read = 0;
        while (read < 1024)
        {
            int count = await stream.ReadAsync(buffer);
            read += count > 0 ? count : throw new IOException("The sidecar closed the connection.");
        }

        return client;
    }

    private static async Task<BenchmarkRow> RowAsync(string name, BenchSidecar sidecar)
    {
        double before = ProcessStat.CpuSeconds(sidecar.ProcessId);
        await Task.Delay(Settle);
        double cpu = ProcessStat.CpuSeconds(sidecar.ProcessId) - before;
        return new(name, cpu, [new("resident", ProcessStat.ResidentMegabytes(sidecar.ProcessId), "MB"), new("CPU while idle", cpu / Settle.TotalSeconds * 100, "% of a core")]);
    }
}
