using MeshInsight.ControlPlane.Publish;

namespace MeshInsight.ControlPlane.Shift;

/// <summary>Which weight which snapshot version carried, to tell what the sidecars send by what they have accepted. Owned by the loop.</summary>
internal sealed class WeightHistory
{
    private const int Kept = 200;

    private readonly List<(long Version, int Percent)> _changes = [];

    public void Add(long version, int percent)
    {
        if (_changes is [.., var last] && last.Percent == percent)
        {
            return;
        }

        _changes.Add((version, percent));
        if (_changes.Count > Kept)
        {
            _changes.RemoveAt(0);
        }
    }

    /// <returns>What every sidecar has in force; null while they differ, or one runs on something older than is known, or there is none.</returns>
    public int? Confirmed(IReadOnlyList<ProxyState> live)
    {
        int? confirmed = null;
        foreach (var proxy in live)
        {
            int at = _changes.FindLastIndex(c => c.Version <= proxy.AcceptedVersion);
            if (at < 0 || proxy.AcceptedVersion == 0 || (confirmed is not null && confirmed != _changes[at].Percent))
            {
                return null;
            }

            confirmed = _changes[at].Percent;
        }

        return confirmed;
    }
}
