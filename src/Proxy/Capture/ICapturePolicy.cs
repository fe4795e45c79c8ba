using System.Net;

namespace MeshInsight.Proxy.Capture;

/// <summary>What may be done with captured connections. Asked once or twice per connection, from any thread.</summary>
internal interface ICapturePolicy
{
    /// <summary>Whether HTTP on the way there is the mesh's; else the connection is relayed unseen.</summary>
    bool IsForMesh(IPEndPoint destination);

    /// <summary>Whether TLS on the way there may be a sidecar's, which HTTP is found within; else it is the app's own and passes sealed.</summary>
    bool TakesTls { get; }

    /// <summary>Whether bytes that are not HTTP may pass.</summary>
    bool MayRelay(IPEndPoint destination);
}
