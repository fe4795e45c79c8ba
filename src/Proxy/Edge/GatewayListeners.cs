using System.Collections.Concurrent;
using System.Net;
using System.Net.Quic;
using System.Runtime.Versioning;
using System.Threading.Channels;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Match;
using MeshInsight.Proxy.Settings;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace MeshInsight.Proxy.Edge;

/// <summary>
/// Keeps the gateway's ports open that the snapshot in force names, each a server of its own, so that one can come and go while the others serve. A port that is not
/// free is tried again every second. One loop owns the servers; others read what is open.
/// </summary>
internal sealed partial class GatewayListeners(
    ProxyOptions options, CurrentRoutes routes, CertificateStore certificates, IHttpApplication<PipelineContext> application, ByteRouting bytes, SidedListener sided, ClosedConnections closed, ILoggerFactory loggers, TimeProvider time)
{
    private const int MaxStrangersStreams = 100;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger("MeshInsight.Proxy");
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<int, KestrelServer> _open = new();
    private readonly ConcurrentDictionary<int, Http3Listener> _http3 = new();
    private readonly ConcurrentDictionary<int, string> _problems = new();
    private readonly ConcurrentDictionary<int, string> _missing = new();
    private volatile bool _isStopping;

    public IEnumerable<int> Open => _open.Keys.Order();

    /// <summary>Why ports are not open, one line each.</summary>
    public IEnumerable<string> Problems => _problems.OrderBy(p => p.Key).Select(p => p.Value);

    /// <summary>What is asked for and cannot be had here, one line each; everything else is served.</summary>
    public IEnumerable<string> Missing => _missing.OrderBy(p => p.Key).Select(p => p.Value);

    /// <summary>Ports that serve HTTP/3, too.</summary>
    public IEnumerable<int> Http3 => _http3.Keys.Order();

    /// <summary>What responses from the port say of HTTP/3; null where there is none.</summary>
    public string? AltSvc(int port) => _http3.ContainsKey(port) ? Http3Listener.Advertisement(port) : null;

    /// <summary>Looks at the snapshot in force again.</summary>
    public void Refresh() => _changed.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await ReconcileAsync();
                if (_problems.IsEmpty)
                {
                    await _changed.Reader.ReadAsync(stopping);
                }
                else
                {
                    await Task.Delay(Again, time, stopping);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped; the servers are stopped by whom asked for it.
        }
    }

    /// <summary>Stops accepting and waits for requests in flight until <paramref name="limit"/>.</summary>
    public async Task StopAsync(CancellationToken limit)
    {
        _isStopping = true;
        await Task.WhenAll([.. _open.Values.Select(s => s.StopAsync(limit)), .. _http3.Values.Select(h => h.StopAsync(limit))]);
        foreach (var http3 in _http3.Values)
        {
            await http3.DisposeAsync();
        }

        foreach (var server in _open.Values)
        {
            server.Dispose();
        }

        _open.Clear();
        _http3.Clear();
    }

    private async Task ReconcileAsync()
    {
        var wanted = _isStopping ? [] : routes.Table.Gateway.Ports;
        foreach (int port in _problems.Keys.Except(wanted))
        {
            _problems.TryRemove(port, out _);
        }

        foreach (int port in _isStopping ? [] : _open.Keys.Except(wanted))
        {
            if (_open.TryRemove(port, out var server))
            {
                Log.Closing(_logger, port);
                // Beside the loop: requests in flight may take their time, other ports do not wait for them.
                _ = CloseAsync(server);
            }
        }

        foreach (int port in wanted.Except(_open.Keys))
        {
            await OpenAsync(port);
        }

        await ReconcileHttp3Async(_isStopping ? [] : [.. wanted.Where(p => routes.Table.Gateway.Port(p)?.WantsHttp3 == true)]);
    }

    private async Task ReconcileHttp3Async(IReadOnlyCollection<int> wanted)
    {
        foreach (int port in _missing.Keys.Except(wanted))
        {
            _missing.TryRemove(port, out _);
        }

        foreach (int port in _isStopping ? [] : _http3.Keys.Except(wanted))
        {
            if (_http3.TryRemove(port, out var http3))
            {
                _ = CloseAsync(http3);
            }
        }

        foreach (int port in wanted.Except(_http3.Keys).Where(_open.ContainsKey))
        {
            if (Http3Listener.IsSupported)
            {
                await OpenHttp3Async(port);
            }
            else
            {
                Lack(port, Http3Listener.Missing);
            }
        }
    }

    [SupportedOSPlatform("linux")]
    private async Task OpenHttp3Async(int port)
    {
        try
        {
            var address = new IPEndPoint(options.GatewayBind ?? options.Bind, port);
            _http3[port] = await Http3Listener.StartAsync(address, options, application, certificates, () => routes.Table.Gateway, loggers);
            _missing.TryRemove(port, out _);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or QuicException)
        {
            Lack(port, e.Message);
        }
    }

    private void Lack(int port, string why)
    {
        string line = $"Port {port} does not serve HTTP/3, which is asked for, but HTTP/2 and HTTP/1.1 only: {why}.";
        if (_missing.TryAdd(port, line))
        {
            Log.NotOpened(_logger, line);
        }
    }

    private async Task CloseAsync(Http3Listener http3)
    {
        using var limit = new CancellationTokenSource(options.DrainTimeout, time);
        await http3.StopAsync(limit.Token);
        await http3.DisposeAsync();
    }

    private async Task OpenAsync(int port)
    {
        var address = new IPEndPoint(options.GatewayBind ?? options.Bind, port);
        var kestrel = new KestrelServerOptions();
        options.Clients.Apply(kestrel, isApp: false);
        // What Envoy's documentation asks edges to allow a stranger.
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStrangersStreams;
        sided.Add(kestrel, ListenerSide.Gateway, address);
        var front = new EdgeFront(port, () => routes.Table.Gateway, certificates, bytes);
        var server = new KestrelServer(Options.Create(kestrel), new SniffedTransport(loggers, _ => front, mayBlock: false, options.Clients.MaxConnections, closed, time), loggers);
        try
        {
            await server.StartAsync(application, CancellationToken.None);
            _open[port] = server;
            _problems.TryRemove(port, out _);
            Log.Opened(_logger, address);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            server.Dispose();
            string problem = e is PortTakenException ? e.Message : $"Port {port} cannot be opened: {e.Message}";
            if (_problems.TryAdd(port, problem))
            {
                Log.NotOpened(_logger, problem);
            }
        }
    }

    private async Task CloseAsync(KestrelServer server)
    {
        using var limit = new CancellationTokenSource(options.DrainTimeout, time);
        await server.StopAsync(limit.Token);
        server.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(1065, LogLevel.Information, "The gateway listens on {Address}.")]
        public static partial void Opened(ILogger logger, IPEndPoint address);

        [LoggerMessage(1066, LogLevel.Warning, "{Problem}")]
        public static partial void NotOpened(ILogger logger, string problem);

        [LoggerMessage(1067, LogLevel.Information, "The gateway leaves port {Port}: no listener is left there.")]
        public static partial void Closing(ILogger logger, int port);
    }
}
