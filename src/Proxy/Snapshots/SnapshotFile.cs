using Google.Protobuf;
using MeshInsight.Control.V1;
using MeshInsight.Proxy.Durable;

namespace MeshInsight.Proxy.Snapshots;

/// <summary>The last good snapshot on disk, as the wire has it. Replaced by rename, so that a reader finds the old or the new one whole; mode 0600.</summary>
internal sealed class SnapshotFile(string path)
{
    public string Path => path;

    /// <returns>Null when there is none.</returns>
    /// <exception cref="InvalidDataException">There is one that cannot be read.</exception>
    public Snapshot? TryRead()
    {
        try
        {
            return Snapshot.Parser.ParseFrom(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The stored snapshot {path} cannot be read: {e.Message} Remove the file to start without it.", e);
        }
    }

    /// <exception cref="IOException">The disk is full, or the folder is not ours.</exception>
    public void Write(Snapshot snapshot) => OwnerOnlyFile.Replace(path, file => snapshot.WriteTo(file));
}
