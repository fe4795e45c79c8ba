namespace MeshInsight.ControlPlane.Publish;

/// <summary>How far one connected sidecar has come with the snapshots. Thread-safe by being replaced whole.</summary>
/// <param name="AcceptedVersion">The newest it has in force from this control plane; 0 before the first.</param>
/// <param name="RefusedVersion">The newest it refused since; 0 when the newest answer was an acceptance.</param>
internal sealed record ProxyState(string InstanceId, long AcceptedVersion, long RefusedVersion, IReadOnlyList<string> Problems)
{
    public ProxyState Answered(long version, bool accepted, IReadOnlyList<string> problems) => accepted
        ? this with { AcceptedVersion = Math.Max(AcceptedVersion, version), RefusedVersion = 0, Problems = [] }
        : this with { RefusedVersion = version, Problems = problems };
}
