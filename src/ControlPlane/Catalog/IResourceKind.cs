namespace MeshInsight.ControlPlane.Catalog;

/// <summary>Reads the <c>spec</c> of one kind. Problems go to the reader; what is returned after a problem is never used.</summary>
internal interface IResourceKind
{
    string Kind { get; }

    string ApiVersion { get; }

    object Read(string name, FieldReader spec);
}
