using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace MeshInsight.Benchmarks.Proxy;

/// <summary>nginx with one worker and no log, where the machine has it: the yardstick for a plain proxy.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private readonly Process _process;

    private Nginx(Process process, Uri url)
    {
        _process = process;
        Url = url;
    }

    /// <summary>Null when nginx is not installed.</summary>
    public static string? Path { get; } = new[] { "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx" }.FirstOrDefault(File.Exists);

    public Uri Url { get; }

    /// <summary>Without a master the process is its own worker.</summary>
    public int WorkerId => _process.Id;

    public static async Task<Nginx> StartAsync(Uri upstream, string directory)
    {
        // nginx cannot be asked for any free port; the one found here stays free for the moment until it binds.
        int port = FreePort();
        string config = System.IO.Path.Combine(directory, "nginx.conf");
        await File.WriteAllTextAsync(config, $$"""
            master_process off; daemon off; pid {{directory}}/nginx.pid; error_log stderr;
            events { worker_connections 512; }
            http {
              access_log off;
              upstream app { server {{upstream.Authority}}; keepalive 64; }
              server {
                listen 127.0.0.1:{{port}};
                location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
              }
            }
            """);
        var start = new ProcessStartInfo(Path!) { RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(config);
        var nginx = new Nginx(Process.Start(start)!, new($"http://127.0.0.1:{port}/"));
        await nginx.WaitAsync();
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitAsync()
    {
        using var http = new HttpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            try
            {
                (await http.GetAsync(Url, limit.Token)).Dispose();
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await Task.Yield();
            }
        }
    }
}
