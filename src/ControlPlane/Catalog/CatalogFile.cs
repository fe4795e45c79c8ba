namespace MeshInsight.ControlPlane.Catalog;

/// <summary>The last good set as it is kept on disk: texts, so that a newer program reads them with its own rules.</summary>
/// <param name="Directory">Path below the watched directory to text.</param>
internal sealed record CatalogFile(IReadOnlyDictionary<string, string> Directory, IReadOnlyList<AppliedResource> Applied)
{
    public static CatalogFile Empty { get; } = new(new Dictionary<string, string>(), []);
}

internal sealed record AppliedResource(string Kind, string Name, string Yaml);
