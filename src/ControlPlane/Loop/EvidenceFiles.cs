using System.Text.Json;
using MeshInsight.ControlPlane.Decide;
using MeshInsight.ControlPlane.Durable;

namespace MeshInsight.ControlPlane.Loop;

/// <summary>Evidence on disk, one file per rollout.</summary>
internal sealed class EvidenceFiles(string dataDirectory)
{
    private readonly string _directory = Path.Combine(dataDirectory, "evidence");

    public RolloutEvidenceState? Read(string rollout)
    {
        try
        {
            return AtomicFile.TryReadText(PathOf(rollout)) is { } text ? Json.Read<RolloutEvidenceState>(text) : null;
        }
        catch (JsonException)
        {
            // Written by another version of this program: gathering evidence anew is safe, believing half of it is not.
            return null;
        }
    }

    public void Write(string rollout, RolloutEvidence evidence) => AtomicFile.WriteText(PathOf(rollout), Json.Write(evidence.Save()));

    public void Delete(string rollout)
    {
        if (Directory.Exists(_directory))
        {
            File.Delete(PathOf(rollout));
        }
    }

    // Names of resources are DNS names: no path can be made of them.
    private string PathOf(string rollout) => Path.Combine(_directory, rollout + ".json");
}
