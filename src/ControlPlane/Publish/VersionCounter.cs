using System.Globalization;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Publish;

/// <summary>Snapshot versions that also grow over restarts. Reserves them on disk by the thousand, so that publishing does not wait for a disk. Not thread-safe.</summary>
internal sealed class VersionCounter
{
    private const long Reserve = 1000;

    private readonly string _path;
    private long _last;
    private long _reserved;

    public VersionCounter(string dataDirectory)
    {
        _path = Path.Combine(dataDirectory, "snapshot-version");
        _ = long.TryParse(AtomicFile.TryReadText(_path), NumberStyles.None, CultureInfo.InvariantCulture, out _last);
        _reserved = _last;
    }

    public long Next()
    {
        if (++_last > _reserved)
        {
            _reserved = _last + Reserve;
            AtomicFile.WriteText(_path, _reserved.ToString(CultureInfo.InvariantCulture));
        }

        return _last;
    }
}
