using MeshInsight.Contracts.Mesh;

namespace MeshInsight.Proxy.Authorize;

/// <summary>The inbound policy in force. Replaced whole; readers take it once per request.</summary>
/// <param name="port">Where the app listens.</param>
internal sealed class CurrentPolicy(string service, int port)
{
    private InboundPolicy _policy = InboundPolicy.Open;

    public InboundPolicy Policy => Volatile.Read(ref _policy);

    /// <summary>Called by one thread at a time (the snapshot stream).</summary>
    public void Use(MeshSecurity security) => Volatile.Write(ref _policy, InboundPolicy.Compile(security, service, port));
}
