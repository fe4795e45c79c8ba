namespace MeshInsight.Proxy;

/// <summary>Whether the sidecar was asked to stop. Set once.</summary>
internal sealed class DrainState
{
    private volatile bool _isDraining;

    public bool IsDraining => _isDraining;

    public void Begin() => _isDraining = true;
}
