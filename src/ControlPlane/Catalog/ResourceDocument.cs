namespace MeshInsight.ControlPlane.Catalog;

/// <summary>One resource as declared.</summary>
/// <param name="Source">File below the watched directory, or <see cref="AppliedSource"/>.</param>
/// <param name="Yaml">As its author wrote it.</param>
/// <param name="Config">What it says, by kind.</param>
internal sealed record ResourceDocument(
    string ApiVersion,
    string Kind,
    string Name,
    string Source,
    int Document,
    int Line,
    string Yaml,
    object Config)
{
    public const string AppliedSource = "apply";

    public bool IsApplied => Source == AppliedSource;

    public bool IsSameResource(ResourceDocument other) => Kind == other.Kind && Name == other.Name;
}
