using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy.Peers;

/// <summary>nginx without a master, so that the process is its own worker; no log, keep-alive to the upstream.</summary>
internal static class Nginx
{
    public static async Task<Peer?> StartAsync(Uri upstream, string directory) => PeerProcess.Find("nginx") is { } program
        ? new("nginx, 1 worker", [await HopAsync(program, directory, Hop.Plain, $"proxy_pass http://app;", upstream.Authority)])
        : null;

    /// <summary>Ends TLS for clients; the upstream is plain.</summary>
    public static async Task<Peer?> StartTlsAsync(Uri upstream, string directory, BenchCertificates certificates) => PeerProcess.Find("nginx") is { } program
        ? new("nginx, 1 worker", [await HopAsync(program, directory, new(" ssl", $"ssl_certificate {certificates.Leaf}; ssl_certificate_key {certificates.Key}; ssl_protocols TLSv1.2 TLSv1.3;"), "proxy_pass http://app;", upstream.Authority, "https")])
        : null;

    public static async Task<Peer?> StartChainAsync(Uri upstream, string directory, BenchCertificates certificates)
    {
        if (PeerProcess.Find("nginx") is not { } program)
        {
            return null;
        }

        var second = await HopAsync(program, directory, new($" ssl", $"""
            ssl_certificate {certificates.Leaf}; ssl_certificate_key {certificates.Key}; ssl_client_certificate {certificates.Root}; ssl_verify_client on; ssl_protocols TLSv1.3;
            """), "proxy_pass http://app;", upstream.Authority);
        var first = await HopAsync(program, directory, Hop.Plain, $"""
            proxy_pass https://app; proxy_ssl_certificate {certificates.Leaf}; proxy_ssl_certificate_key {certificates.Key}; proxy_ssl_trusted_certificate {certificates.Root};
            proxy_ssl_verify on; proxy_ssl_name {BenchCertificates.Name}; proxy_ssl_protocols TLSv1.3;
            """, second.Url.Authority);
        return new("nginx chain", [first, second]);
    }

    private static async Task<PeerProcess> HopAsync(string program, string directory, Hop hop, string pass, string upstream, string scheme = "http")
    {
        int port = FreePorts.One();
        string config = Path.Combine(directory, $"nginx-{port}.conf");
        await File.WriteAllTextAsync(config, $$"""
            master_process off; daemon off; pid {{directory}}/nginx-{{port}}.pid; error_log stderr;
            events { worker_connections 512; }
            http {
              access_log off;
              upstream app { server {{upstream}}; keepalive 64; }
              server {
                listen 127.0.0.1:{{port}}{{hop.Listen}}; keepalive_requests 1000000000;
                {{hop.Server}}
                location / { {{pass}} proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
              }
            }
            """);
        return await PeerProcess.StartAsync(program, new($"{scheme}://127.0.0.1:{port}/"), directory, "-c", config);
    }

    private sealed record Hop(string Listen, string Server)
    {
        public static Hop Plain { get; } = new("", "");
    }
}
