using System.Net;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace MeshInsight.Proxy;

/// <summary>
/// Kestrel with our pipeline directly behind it (docs/decisions/0050): no web host, middleware, activities or scopes per request, and a
/// context object that is used again by the connection's next request.
/// </summary>
internal sealed class ProxyServer(ProxyOptions options, ProxyPipeline pipeline, TlsServer? tls, ILoggerFactory loggers, TimeProvider time) : IHttpApplication<DefaultHttpContext>, IDisposable
{
    private readonly SniffedTransport _transport = new(loggers, tls, mayBlock: options.IsAppInProcess, time);
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
        await _server.StartAsync(this, cancellationToken);
    }

    /// <summary>Stops accepting and waits for requests in flight until <paramref name="limit"/>.</summary>
    public Task StopAsync(CancellationToken limit) => _server?.StopAsync(limit) ?? Task.CompletedTask;

    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> container)
        {
            return new(contextFeatures);
        }

        if (container.HostContext is { } used)
        {
            used.Initialize(contextFeatures);
            return used;
        }

        return container.HostContext = new(contextFeatures);
    }

    public Task ProcessRequestAsync(DefaultHttpContext context) => pipeline.RunAsync(context);

    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();

    public void Dispose() => _server?.Dispose();

    private void Listen(ListenerSide side, int port)
    {
        var address = new IPEndPoint(options.Bind, port);
        foreach (bool isHttp2 in (ReadOnlySpan<bool>)[false, true])
        {
            _kestrelOptions.Listen(new SniffedEndPoint(side, address, isHttp2), listen =>
            {
                listen.Protocols = isHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
                ((IConnectionBuilder)listen).Use(next => connection =>
                {
                    connection.Features.Set(new ListenerSideFeature(side, connection.Features.Get<PeerFeature>()?.Peer, RemoteAddress(connection)));
                    return next(connection);
                });
            });
        }
    }

    private static string RemoteAddress(ConnectionContext connection) =>
        connection.RemoteEndPoint is IPEndPoint { Address: var address } ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "";
}
