namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Collects the problems of one document; kind and name are filled in as soon as they are known.</summary>
internal sealed class ProblemScope(List<ResourceProblem> problems, string file, int document)
{
    public string Kind { get; set; } = "";

    public string Name { get; set; } = "";

    public void Add(string field, int line, string message, params IReadOnlyList<string> allowed) =>
        problems.Add(new ResourceProblem(file, document, line, Kind, Name, field, message, allowed));
}
