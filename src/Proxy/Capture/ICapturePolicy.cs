using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace MeshInsight.Proxy.Capture;

/// <summary>Serves a captured connection to its end.</summary>
internal delegate Task CaptureServer(ConnectionContext connection);

/// <summary>What may be done with captured connections. Asked a few times per connection, from any thread.</summary>
internal interface ICapturePolicy
{
    /// <summary>Whether HTTP on the way there is the mesh's; else the connection is relayed unseen.</summary>
    bool IsForMesh(IPEndPoint destination);

    /// <summary>Whether TLS on the way there may be a sidecar's, which HTTP is found within; else it is the app's own and passes sealed.</summary>
    bool TakesTls { get; }

    /// <summary>Whether bytes that are not HTTP, and that nobody serves, may pass.</summary>
    bool MayRelay(IPEndPoint destination);

    /// <summary>Who serves whatever goes there, when that is known by the address alone; null when it is not.</summary>
    CaptureServer? ServerAt(IPEndPoint destination);

    /// <summary>Who serves a connection by the name that its TLS hello says. Consumes nothing of it.</summary>
    ValueTask<CaptureServer?> ServerByHelloAsync(PipeReader input, IPEndPoint destination, CancellationToken cancellation);

    /// <summary>Relays what nobody serves to where it was going, or refuses it; returns when it has ended.</summary>
    /// <param name="connected">To there, if that was tried already; the caller's to close.</param>
    Task PassOnAsync(ConnectionContext connection, OriginalDestination destination, Socket? connected);
}
