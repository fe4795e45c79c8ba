using System.Net;
using MeshInsight.Proxy.Capture;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace MeshInsight.Proxy.Accept;

/// <summary>Kestrel's socket transport with protocol detection in front. Binding is done by one thread, as Kestrel does.</summary>
/// <param name="fronts">By side.</param>
/// <param name="mayBlock">Whether an app, of whose code we know nothing, runs behind it in this process.</param>
/// <param name="maxConnections">Of each listener; 0 for any number.</param>
internal sealed class SniffedTransport(ILoggerFactory loggers, Func<ListenerSide, IConnectionFront> fronts, bool mayBlock, int maxConnections, ClosedConnections closed, TimeProvider time) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    // Continuations run on the socket threads: cheaper by a third, and nothing on the request path of a sidecar blocks.
    private readonly SocketTransportFactory _sockets =
        new(Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = !mayBlock }), loggers);

    private readonly Dictionary<ListenerSide, SniffedListener> _listeners = [];

    public bool CanBind(EndPoint endpoint) => endpoint is SniffedEndPoint;

    /// <summary>Where a side listens; the port is the one the system gave when 0 was asked for.</summary>
    public IPEndPoint Bound(ListenerSide side) => _listeners[side].Bound;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var half = (SniffedEndPoint)endpoint;
        if (!_listeners.TryGetValue(half.Side, out var listener))
        {
            try
            {
                var front = fronts(half.Side);
                var socket = front is CaptureFront capture ? new CaptureListener(half.Address, capture.Counts, loggers) : await _sockets.BindAsync(half.Address, cancellationToken);
                listener = new SniffedListener(socket, front, half.Side, new ConnectionSlots(maxConnections), closed, time);
            }
            catch (AddressInUseException e)
            {
                throw new PortTakenException(half.Side, half.Address, e);
            }

            _listeners[half.Side] = listener;
        }

        return listener.Half(half);
    }
}
