using System.Net;
using MeshInsight.Contracts.Mesh;
using MeshInsight.Proxy.Accept;
using MeshInsight.Proxy.Identity;
using MeshInsight.Proxy.Settings;
using MeshInsight.Proxy.Tcp;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace MeshInsight.Proxy;

/// <summary>
/// Kestrel with our pipeline directly behind it (docs/decisions/0050): no web host, middleware, activities or scopes per request.
/// </summary>
/// <param name="identity">Null to take plain connections only.</param>
/// <param name="bytes">Serves the inbound side of an app that speaks no HTTP.</param>
/// <param name="connects">Serves CONNECT, by side; null for a side that takes none.</param>
internal sealed class ProxyServer(
    ProxyOptions options, PipelineApplication application, SidedListener listener, ClosedConnections closed, IdentityState? identity, Captures captures, IByteHandler bytes, Func<ListenerSide, IConnectHandler?> connects, ILoggerFactory loggers, TimeProvider time) : IDisposable
{
    private readonly SniffedTransport _transport = new(
        loggers, side => Front(side, options, identity, captures, bytes, connects(side), time), mayBlock: options.IsAppInProcess, options.Clients.MaxConnections, closed, time);
    private readonly KestrelServerOptions _kestrelOptions = new();
    private KestrelServer? _server;

    public int Port(ListenerSide side) => _transport.Bound(side).Port;

    /// <exception cref="PortTakenException">A port is not free.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        options.Clients.Apply(_kestrelOptions, options.IsAppInProcess);
        if (options.OpensInbound)
        {
            Listen(ListenerSide.Inbound, options.InboundPort);
        }

        if (options.OpensOutbound)
        {
            Listen(ListenerSide.Outbound, options.OutboundPort);
        }

        Listen(ListenerSide.Admin, options.AdminPort);
        if (options.CaptureOutboundPort is { } outbound)
        {
            // What this machine sends is redirected to loopback.
            listener.Add(_kestrelOptions, ListenerSide.CapturedOutbound, new(IPAddress.Loopback, outbound));
        }

        if (options.CaptureInboundPort is { } inbound)
        {
            // What comes from elsewhere is redirected to the address of the interface that it came in by.
            listener.Add(_kestrelOptions, ListenerSide.CapturedInbound, new(IPAddress.Any, inbound));
        }

        _server = new KestrelServer(Options.Create(_kestrelOptions), _transport, loggers);
        await _server.StartAsync(application, cancellationToken);
    }

    /// <summary>Stops accepting and waits for requests in flight until <paramref name="limit"/>.</summary>
    public Task StopAsync(CancellationToken limit) => _server?.StopAsync(limit) ?? Task.CompletedTask;

    public void Dispose() => _server?.Dispose();

    private static IConnectionFront Front(ListenerSide side, ProxyOptions options, IdentityState? identity, Captures captures, IByteHandler bytes, IConnectHandler? connects, TimeProvider time)
    {
        bool isInbound = side is ListenerSide.Inbound or ListenerSide.CapturedInbound;
        bool isTcp = isInbound && options.Protocol == ClusterProtocol.Tcp;
        var tls = identity is null || !isInbound ? null : new TlsServer(identity, isTcp ? MeshAlpn.BytesOnly : MeshAlpn.Requests);
        IConnectionFront own = isTcp ? new ByteFront(tls, bytes, time) : new MeshFront(tls);
        own = connects is null ? own : new ConnectFront(own, connects);
        return captures.Of(side) is { } flow ? new CaptureFront(flow, own) : own;
    }

    private void Listen(ListenerSide side, int port) => listener.Add(_kestrelOptions, side, new(options.Bind, port));
}
