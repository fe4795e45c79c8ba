using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Identity;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace MeshInsight.Proxy;

/// <summary>
/// Kestrel with our pipeline directly behind it (docs/decisions/0050): no web host, middleware, activities or scopes per request.
/// </summary>
internal sealed class ProxyServer(ProxyOptions options, PipelineApplication application, TlsServer? tls, ILoggerFactory loggers, TimeProvider time) : IDisposable
{
    private readonly SniffedTransport _transport = new(loggers, side => new MeshFront(side == ListenerSide.Inbound ? tls : null), mayBlock: options.IsAppInProcess, time);
    private readonly KestrelServerOptions _kestrelOptions = new();
    private KestrelServer? _server;

    public int Port(ListenerSide side) => _transport.Bound(side).Port;

    /// <exception cref="PortTakenException">A port is not free.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ClientLimits.Apply(_kestrelOptions, options.IsAppInProcess);
        if (options.OpensInbound)
        {
            Listen(ListenerSide.Inbound, options.InboundPort);
        }

        if (options.OpensOutbound)
        {
            Listen(ListenerSide.Outbound, options.OutboundPort);
        }

        Listen(ListenerSide.Admin, options.AdminPort);
        _server = new KestrelServer(Options.Create(_kestrelOptions), _transport, loggers);
        await _server.StartAsync(application, cancellationToken);
    }

    /// <summary>Stops accepting and waits for requests in flight until <paramref name="limit"/>.</summary>
    public Task StopAsync(CancellationToken limit) => _server?.StopAsync(limit) ?? Task.CompletedTask;

    public void Dispose() => _server?.Dispose();

    private void Listen(ListenerSide side, int port) => SidedListener.Add(_kestrelOptions, side, new(options.Bind, port));
}
