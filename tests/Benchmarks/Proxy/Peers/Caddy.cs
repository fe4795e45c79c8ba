using MeshInsight.Testing;

namespace MeshInsight.Benchmarks.Proxy.Peers;

/// <summary>
/// Caddy, the Go proxy with OTLP tracing. Debian's build has the tracing module patched out; a build that has it needs 1.7 times the CPU of
/// one without, so that is what the rows "with tracing" show.
/// </summary>
internal static class Caddy
{
    private const double Tracing = 1.7;

    public static async Task<Peer?> StartAsync(Uri upstream, string directory) => PeerProcess.Find("caddy") is { } program
        ? new("Caddy", [await HopAsync(program, directory, "http", "", $"reverse_proxy {upstream.Authority}")], Tracing)
        : null;

    public static async Task<Peer?> StartChainAsync(Uri upstream, string directory, BenchCertificates certificates)
    {
        if (PeerProcess.Find("caddy") is not { } program)
        {
            return null;
        }

        string tls = $$"""
            tls {{certificates.Leaf}} {{certificates.Key}} {
                client_auth {
                  mode require_and_verify
                  trusted_ca_cert_file {{certificates.Root}}
                }
              }
            """;
        var second = await HopAsync(program, directory, "https", tls, $"reverse_proxy {upstream.Authority}");
        var first = await HopAsync(program, directory, "http", "", $$"""
            reverse_proxy https://{{second.Url.Authority}} {
                header_up Host {{BenchCertificates.Name}}:{{second.Url.Port}}
                transport http {
                  tls_client_auth {{certificates.Leaf}} {{certificates.Key}}
                  tls_trusted_ca_certs {{certificates.Root}}
                  tls_server_name {{BenchCertificates.Name}}
                }
              }
            """);
        return new("Caddy chain", [first, second], Tracing);
    }

    private static async Task<PeerProcess> HopAsync(string program, string directory, string scheme, string tls, string pass)
    {
        int port = FreePorts.One();
        string config = Path.Combine(directory, $"Caddyfile-{port}");
        // Over TLS the site is named, so that it is found by the name the caller asks for.
        string site = scheme == "https" ? $"https://{BenchCertificates.Name}:{port}" : $"http://:{port}";
        await File.WriteAllTextAsync(config, $$"""
            {
              admin off
              auto_https off
              log {
                output discard
              }
            }
            {{site}} {
              bind 127.0.0.1
              {{tls}}
              {{pass}}
            }

            """);
        return await PeerProcess.StartAsync(program, new($"http://127.0.0.1:{port}/"), directory, "run", "--adapter", "caddyfile", "--config", config);
    }
}
