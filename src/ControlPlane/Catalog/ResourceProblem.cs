namespace MeshInsight.ControlPlane.Catalog;

/// <summary>One thing wrong with a set of resources, told so that its author can find and mend it.</summary>
/// <param name="File">Path below the watched directory, or <c>apply</c>.</param>
/// <param name="Document">Index of the YAML document in the file, 0 first.</param>
/// <param name="Line">1 first; 0 when the problem has no place.</param>
/// <param name="Field">Path such as <c>spec.steps[2]</c>; empty for the whole document.</param>
/// <param name="Allowed">What would be right, where that is a closed set; else empty.</param>
internal sealed record ResourceProblem(
    string File,
    int Document,
    int Line,
    string Kind,
    string Name,
    string Field,
    string Message,
    IReadOnlyList<string> Allowed)
{
    public override string ToString()
    {
        string where = Name.Length > 0 ? $"{Kind}/{Name}" : Kind;
        string allowed = Allowed.Count > 0 ? $" Allowed: {string.Join(", ", Allowed)}." : "";
        return $"{File}:{Line} (document {Document}) {where} {Field}: {Message}{allowed}";
    }
}
