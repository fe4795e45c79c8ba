using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MeshInsight.Benchmarks.Proxy.Peers;

/// <summary>Another proxy as a process that a benchmark has started: where it listens and which processes' CPU counts.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private PeerProcess(Process process) => _process = process;

    public required Uri Url { get; init; }

    public int Id => _process.Id;

    /// <summary>Where Debian and others put programs; null when it is not installed.</summary>
    public static string? Find(string name) => new[] { "/usr/sbin/", "/usr/local/sbin/", "/usr/bin/", "/usr/local/bin/" }.Select(folder => folder + name).FirstOrDefault(File.Exists);

    /// <summary>Starts it and waits until it accepts connections.</summary>
    public static async Task<PeerProcess> StartAsync(string program, Uri url, string directory, params string[] arguments)
    {
        // Whatever a program wants to keep goes into the benchmark's own folder.
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, Environment = { ["HOME"] = directory, ["XDG_DATA_HOME"] = directory, ["XDG_CONFIG_HOME"] = directory } };
        var peer = new PeerProcess(Process.Start(start)!) { Url = url };
        peer._process.OutputDataReceived += (_, line) => peer.Keep(line.Data);
        peer._process.ErrorDataReceived += (_, line) => peer.Keep(line.Data);
        peer._process.BeginOutputReadLine();
        peer._process.BeginErrorReadLine();
        await peer.WaitAsync();
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task WaitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (true)
        {
            try
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, Url.Port, limit.Token);
                return;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                await Task.Yield();
            }
            catch (SocketException e)
            {
                throw new InvalidOperationException($"{_process.StartInfo.FileName} ended before it listened:\n{_output}", e);
            }
        }
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
