namespace MeshInsight.ControlPlane.Catalog;

/// <summary>A kind that also reads annotations of the resource's metadata.</summary>
internal interface IAnnotatedKind : IResourceKind
{
    /// <param name="annotations">Null when the resource has none. All of them may be there; those nobody asks for are no problem.</param>
    object Read(string name, FieldReader? annotations, FieldReader spec);
}
