using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Edge;
using MeshInsight.Proxy.Match;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace MeshInsight.Proxy;

/// <summary>
/// Keeps the gateway's ports open that the snapshot in force names, each a server of its own, so that one can come and go while the others serve. A port that is not
/// free is tried again every second. One loop owns the servers; others read what is open.
/// </summary>
internal sealed partial class GatewayListeners(
    ProxyOptions options, CurrentRoutes routes, CertificateStore certificates, PipelineApplication application, OutboundTcp tcp, SidedListener sided, ClosedConnections closed, ILoggerFactory loggers, TimeProvider time)
{
    private const int MaxStrangersStreams = 100;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger("MeshInsight.Proxy");
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<int, KestrelServer> _open = new();
    private readonly ConcurrentDictionary<int, string> _problems = new();
    private volatile bool _isStopping;

    public IEnumerable<int> Open => _open.Keys.Order();

    /// <summary>Why ports are not open, one line each.</summary>
    public IEnumerable<string> Problems => _problems.OrderBy(p => p.Key).Select(p => p.Value);

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
        await Task.WhenAll(_open.Values.Select(s => s.StopAsync(limit)));
        foreach (var server in _open.Values)
        {
            server.Dispose();
        }

        _open.Clear();
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
    }

    private async Task OpenAsync(int port)
    {
        var address = new IPEndPoint(options.GatewayBind ?? options.Bind, port);
        var kestrel = new KestrelServerOptions();
        options.Clients.Apply(kestrel, isApp: false);
        // What Envoy's documentation asks edges to allow a stranger.
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStrangersStreams;
        sided.Add(kestrel, ListenerSide.Gateway, address);
        var front = new EdgeFront(port, () => routes.Table.Gateway, certificates, tcp.RunAsync);
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
