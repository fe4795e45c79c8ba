using MeshInsight.Contracts.Mesh;
using MeshInsight.Control.V1;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>
/// Takes a snapshot whole or refuses it whole; what is in force stays until a better one is. One caller at a time (start, then the stream).
/// <list type="bullet">
/// <item>none → in force: the first good one, from disk or the control plane</item>
/// <item>in force → in force: a good one with a version not lower, or of another epoch</item>
/// <item>in force → in force, unchanged: a refused one</item>
/// </list>
/// </summary>
internal sealed partial class SnapshotKeeper(SnapshotFile? file, Action<MeshSnapshot> use, ILogger logger)
{
    private string _epoch = "";
    private long _version;
    private volatile bool _hasOne;

    /// <summary>Whether any snapshot is in force.</summary>
    public bool HasOne => _hasOne;

    /// <summary>0 when none is in force.</summary>
    public long Version => Volatile.Read(ref _version);

    public string Epoch => _epoch;

    /// <summary>Puts the stored snapshot in force, for a start without the control plane. Problems with it are logged, no more.</summary>
    public void Restore()
    {
        try
        {
            if (file?.TryRead() is { } stored)
            {
                var snapshot = SnapshotReader.Read(stored);
                var problems = SnapshotValidator.Problems(snapshot);
                if (problems.Count > 0)
                {
                    Log.StoredIsBad(logger, file.Path, string.Join(" ", problems));
                    return;
                }

                Use(stored, snapshot);
                Log.Restored(logger, stored.Version, file.Path);
            }
        }
        catch (InvalidDataException e)
        {
            Log.StoredIsBad(logger, file!.Path, e.Message);
        }
    }

    public SnapshotAnswer Offer(Snapshot offered)
    {
        var answer = new SnapshotAnswer { Version = offered.Version };
        if (_hasOne && offered.Epoch == _epoch && offered.Version < _version)
        {
            answer.Problems.Add($"Version {offered.Version} is older than {_version}, which is in force.");
            return answer;
        }

        var snapshot = SnapshotReader.Read(offered);
        answer.Problems.AddRange(SnapshotValidator.Problems(snapshot));
        if (answer.Problems.Count > 0)
        {
            Log.Refused(logger, offered.Version, answer.Problems.Count, string.Join(" ", answer.Problems));
            return answer;
        }

        Use(offered, snapshot);
        answer.Accepted = true;
        Log.InForce(logger, offered.Version, snapshot.Routes.Count, snapshot.Clusters.Count);
        Store(offered);
        return answer;
    }

    private void Use(Snapshot message, MeshSnapshot snapshot)
    {
        use(snapshot);
        _epoch = message.Epoch;
        Volatile.Write(ref _version, message.Version);
        _hasOne = true;
    }

    // A full disk must not stop a new configuration; it only costs the memory of it.
    private void Store(Snapshot snapshot)
    {
        try
        {
            file?.Write(snapshot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NotStored(logger, file!.Path, e.Message);
        }
    }
}
