namespace MeshInsight.ControlPlane.Catalog;

internal enum ResourceChangeKind
{
    Created,
    Changed,
    Unchanged,
    Deleted,
}

internal sealed record ResourceChange(string Kind, string Name, ResourceChangeKind Change)
{
    /// <summary>What changes from one set to the next, in the order of the next one; resources that are gone come last.</summary>
    public static IReadOnlyList<ResourceChange> Between(CatalogState before, CatalogState after)
    {
        var changes = after.Resources.Select(r => new ResourceChange(r.Kind, r.Name, KindOf(before.Resources.FirstOrDefault(r.IsSameResource), r)));
        var gone = before.Resources.Where(old => !after.Resources.Any(old.IsSameResource));
        return [.. changes, .. gone.Select(r => new ResourceChange(r.Kind, r.Name, ResourceChangeKind.Deleted))];
    }

    private static ResourceChangeKind KindOf(ResourceDocument? before, ResourceDocument after) =>
        before is null ? ResourceChangeKind.Created
        : before.Yaml == after.Yaml ? ResourceChangeKind.Unchanged
        : ResourceChangeKind.Changed;
}
