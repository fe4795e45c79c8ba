using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy.Peers;

/// <summary>HAProxy with one thread and no log, connections to the upstream reused.</summary>
internal static class HaProxy
{
    public static async Task<Peer?> StartAsync(Uri upstream, string directory) => PeerProcess.Find("haproxy") is { } program
        ? new("HAProxy, 1 thread", [await HopAsync(program, directory, "", "", upstream.Authority)])
        : null;

    /// <summary>Ends TLS for clients; the upstream is plain.</summary>
    public static async Task<Peer?> StartTlsAsync(Uri upstream, string directory, BenchCertificates certificates) => PeerProcess.Find("haproxy") is { } program
        ? new("HAProxy, 1 thread", [await HopAsync(program, directory, $"ssl crt {certificates.LeafWithKey} ssl-min-ver TLSv1.2", "", upstream.Authority, "https")])
        : null;

    public static async Task<Peer?> StartChainAsync(Uri upstream, string directory, BenchCertificates certificates)
    {
        if (PeerProcess.Find("haproxy") is not { } program)
        {
            return null;
        }

        var second = await HopAsync(program, directory, $"ssl crt {certificates.LeafWithKey} ca-file {certificates.Root} verify required ssl-min-ver TLSv1.3", "", upstream.Authority);
        var first = await HopAsync(program, directory, "", $"ssl crt {certificates.LeafWithKey} ca-file {certificates.Root} verify required verifyhost {BenchCertificates.Name} sni str({BenchCertificates.Name}) ssl-min-ver TLSv1.3", second.Url.Authority);
        return new("HAProxy chain", [first, second]);
    }

    private static async Task<PeerProcess> HopAsync(string program, string directory, string bind, string server, string upstream, string scheme = "http")
    {
        int port = FreePorts.One();
        string config = Path.Combine(directory, $"haproxy-{port}.cfg");
        await File.WriteAllTextAsync(config, $"""
            global
              nbthread 1
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            frontend clients
              bind 127.0.0.1:{port} {bind}
              default_backend app
            backend app
              http-reuse always
              server app {upstream} {server}

            """);
        return await PeerProcess.StartAsync(program, new($"{scheme}://127.0.0.1:{port}/"), directory, "-db", "-f", config);
    }
}
