using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>The newest snapshot, ready to be sent to every sidecar.</summary>
internal sealed record PublishedSnapshot(MeshSnapshot Config, ControlMessage Message, DateTimeOffset At)
{
    public long Version => Config.Version;
}
