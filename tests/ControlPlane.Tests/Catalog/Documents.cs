using MeshInsight.ControlPlane.Catalog;

namespace MeshInsight.ControlPlane.Tests.Catalog;

/// <summary>Documents as they come in: read and checked against one another.</summary>
internal static class Documents
{
    public static (IReadOnlyList<ResourceDocument> Resources, List<ResourceProblem> Problems) Read(params string[] documents)
    {
        var problems = new List<ResourceProblem>();
        var resources = ResourceReader.Read(string.Join("\n---\n", documents), "t.yaml", problems);
        ReferenceChecker.Check(resources, problems);
        return (resources, problems);
    }
}
